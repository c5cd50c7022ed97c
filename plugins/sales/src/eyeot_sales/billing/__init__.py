"""Billing: how quotes and orders become invoices in the invoicing module, and what it tells of them."""
