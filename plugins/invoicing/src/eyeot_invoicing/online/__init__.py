"""Online: invoices that are paid by a link, through a provider of payments."""
