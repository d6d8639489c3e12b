"""Tests of the worker and its table of work."""
