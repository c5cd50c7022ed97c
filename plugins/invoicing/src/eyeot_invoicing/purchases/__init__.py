"""Purchases: invoices of suppliers, from what came in to what is owed."""
