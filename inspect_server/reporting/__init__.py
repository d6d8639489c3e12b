"""Reporting: counts, rates and trends for the board 工作台."""
