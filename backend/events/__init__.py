"""What changed, told to open browsers: rows in PostgreSQL, NOTIFY, and a stream."""
