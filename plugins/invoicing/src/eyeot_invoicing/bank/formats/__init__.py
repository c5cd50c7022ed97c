"""Formats: bank statements as files, each read into the same sheets."""
