"""Standing: how an organisation stands, as all its modules tell it."""
