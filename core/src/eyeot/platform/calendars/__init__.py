"""Calendars: when the company works, and what may be counted with that."""
