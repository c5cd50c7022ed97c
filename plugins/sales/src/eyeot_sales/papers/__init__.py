"""Papers: quotes and orders as customers get them, in French and English."""
