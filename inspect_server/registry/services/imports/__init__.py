"""Imports 批量导入: a whole table is read, checked row by row, and then written or not.

Read outside any transaction, checked and written in one: each row becomes new, changed, the
same, or is refused with its column and what to do. A row is recognized by its own code, so the
same table imported twice changes nothing.
"""
