"""Competitors: who else sells what we sell, and how often we win against them."""
