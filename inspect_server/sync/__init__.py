"""Sync protocol v1 同步: push, pull, receipts, quarantine, rescue import."""
