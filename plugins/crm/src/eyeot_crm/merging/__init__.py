"""Merging: parties, customers and contacts that are the same become one."""
