"""Registers 名册: one module for each register, the shape they share, and how entries change."""
