"""Targets: what is to be sold by whom in a period, and how far that is."""
