"""Invoices: from a draft to a posted, sealed and booked piece."""
