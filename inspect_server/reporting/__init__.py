"""Figures for the board 工作台: counts, rates, trends."""
