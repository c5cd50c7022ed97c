"""Takeover: customers and suppliers of former software."""
