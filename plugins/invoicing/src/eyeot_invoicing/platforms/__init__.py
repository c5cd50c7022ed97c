"""Platforms: the approved platforms that e-invoices travel by."""
