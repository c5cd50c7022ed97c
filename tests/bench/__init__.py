"""Bench: what calls cost the server, beside the named peers, in one run."""
