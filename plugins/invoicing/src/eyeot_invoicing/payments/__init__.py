"""Payments: terms, methods, what is received and paid, and what it settles."""
