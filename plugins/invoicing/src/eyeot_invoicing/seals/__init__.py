"""Seals: closings, archives and the proof that nothing in them changed."""
