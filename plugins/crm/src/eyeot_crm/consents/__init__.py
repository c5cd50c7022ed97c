"""Consents: whom we may write to, on which channel, for which purpose, and by what right."""
