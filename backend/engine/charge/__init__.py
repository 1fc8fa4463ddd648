"""Rating a charge again and again while its usage grows: each run books only what changed since the runs before.

`delta.py` books every change on the period of the run; `period_preserving.py` books late usage on the period it belongs
to. Both rate the usage of the whole charge so far and take off what is booked. Source: billing spec 4.7.
"""
