"""Mailing: notifications on their way by e-mail."""
