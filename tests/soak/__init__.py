"""Soak: mixed work under faults, and what must hold afterwards."""
