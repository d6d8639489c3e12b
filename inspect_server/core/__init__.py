"""What every area stands on: clock, database, transactions, problems, access, the change log."""
