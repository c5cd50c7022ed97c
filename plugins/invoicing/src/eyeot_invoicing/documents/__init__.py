"""Documents: invoices and credit notes as people read them, filed and sent."""
