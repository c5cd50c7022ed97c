"""Fulfilment: what was delivered or done, and whether the customer accepted it."""
