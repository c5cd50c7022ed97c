"""Dunning: reminders to those who pay late, step by step, up to the file for a court."""
