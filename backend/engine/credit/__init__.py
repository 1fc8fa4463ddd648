"""Step 5, credit: prepaid money is set against what is due."""
