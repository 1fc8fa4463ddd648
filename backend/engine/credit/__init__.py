"""Step 5, credit: usage burns down what was granted, and prepaid money is set against what is due."""
