"""The tests, one folder for each kind, on real databases and object stores."""
