"""Catalogue: what is sold, its units and its categories."""
