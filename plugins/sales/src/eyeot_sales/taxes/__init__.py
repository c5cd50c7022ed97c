"""Taxes: VAT rates, and which one applies to a sale or purchase."""
