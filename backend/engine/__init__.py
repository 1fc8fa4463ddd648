"""The functional core: from usage to the amount due, values in and values out. Start reading at `pipeline.py`."""
