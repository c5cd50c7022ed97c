"""Hooks: events on their way to the endpoints of webhooks."""
