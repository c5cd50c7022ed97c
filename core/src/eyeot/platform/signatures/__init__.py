"""Signatures: documents that are signed electronically by people outside, through a provider."""
