"""The work behind the answers: claimed from the `job` table with a lease, done, marked done."""
