"""Routing: which salesperson a lead goes to, and why."""
