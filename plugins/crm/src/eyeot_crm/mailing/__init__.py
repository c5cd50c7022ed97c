"""Mailing: single e-mails to contacts, and what a signature or an address says."""
