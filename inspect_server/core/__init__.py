"""What every area uses: clock, database, transactions, problems, access, the change log."""
