"""Law: what changes by date, as tables."""
