"""Transports 外发: one module for each kind of channel, each making one attempt per call.

They know no row and no retry. What they refuse to do, and what a receiver refuses, is raised as
`Undelivered`.
"""
