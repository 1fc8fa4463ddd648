"""Step 7 of the staircase: what payment providers tell us turns an issued invoice paid, failed or voided."""
