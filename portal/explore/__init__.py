"""Usage as people look at it: a question that stands in the address, and its answer as a chart, a table and a file."""
