"""Products of deals: what a deal is about, line by line."""
