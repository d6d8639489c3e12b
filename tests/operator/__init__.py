"""What an operator does: save it, put it back, look whether it is well."""
