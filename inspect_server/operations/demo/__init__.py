"""A simulated history for demonstrations 演示历史: the real rules, many records at once.

Every step of a record is planned by the flow table and applied by `transitions.apply`, so a case
is one that the product could have produced; only the rows are written in bulk. All rows have the
flag `demo`, and all photo rows share the objects of one small pool.
"""
