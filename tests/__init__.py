"""Whole-product tests: real clients, chains across modules, faults."""
