"""Reports: figures over invoices, what is due on them and their VAT."""
