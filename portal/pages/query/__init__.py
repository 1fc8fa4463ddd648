"""Query: any question about usage, answered as a chart, a table and a file."""
