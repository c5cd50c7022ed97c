"""Ledger: accounts, journals, periods and entries in double entry."""
