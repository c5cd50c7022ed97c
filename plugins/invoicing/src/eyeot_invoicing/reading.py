"""Reading: who reads what of invoicing."""

from typing import Final

BOOKS: Final = "invoicing.books:read"
"""The permission to read bank, accounts, VAT, purchases and e-invoices; invoices to customers need none."""
