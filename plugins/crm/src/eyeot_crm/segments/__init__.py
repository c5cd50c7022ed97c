"""Segments: groups of customers, contacts or leads, by a filter or by hand."""
