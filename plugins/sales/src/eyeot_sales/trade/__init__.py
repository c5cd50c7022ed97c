"""Trade: what quotes, orders, invoices and credit notes have in common: lines, discounts, VAT, totals."""
