"""Prices: exchange rates, price lists, and what a customer pays."""
