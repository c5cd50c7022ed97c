"""Obligations: what a house that invoices must have in place, and by when it must declare."""
