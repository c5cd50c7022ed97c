"""Scoring: points by rules, and why a record has the score it has."""
