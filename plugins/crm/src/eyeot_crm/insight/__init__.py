"""Insight: what the CRM's own history says of a customer or a deal, with the figures it says it by."""
