"""Measures Meterline against yardsticks of the same run and the same machine, and prints what matters: ratios."""
