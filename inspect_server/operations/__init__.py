"""What an operator needs 运维: backup, doctor, starter data, demonstration, health, pages."""
