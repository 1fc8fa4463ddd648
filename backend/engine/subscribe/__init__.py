"""A subscription becomes a schedule of lines to bill: which item, for which service period, invoiced when."""
