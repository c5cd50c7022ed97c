"""Campaigns: one message to many, to those only whom we may write to."""
