"""VAT: when it falls due, and what of it."""
