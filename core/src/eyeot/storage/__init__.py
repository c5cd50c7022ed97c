"""Storage: PostgreSQL, spoken to in compiled statements."""
