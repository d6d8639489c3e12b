"""The second house: it mirrors the rooms, on real engines."""
