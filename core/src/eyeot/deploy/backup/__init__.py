"""Backup: everything a deployment holds in one file, and back; keys travel apart."""
