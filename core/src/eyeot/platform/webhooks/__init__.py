"""Webhooks: where an organisation has its events sent, and what came of each."""
