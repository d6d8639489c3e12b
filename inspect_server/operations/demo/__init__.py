"""A believable history for demonstrations 演示历史: the real rules, many records at once.

Every step of a record is planned by the flow table and taken by `transitions.apply`, so a
simulated case could have happened; only the rows are written in bulk. All rows say `demo`, and
all photo rows share the objects of one small pool.
"""
