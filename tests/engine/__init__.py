"""The engine, alone: values in, values out, no database."""
