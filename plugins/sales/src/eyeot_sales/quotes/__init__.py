"""Quotes: offers to customers, in versions, until they are answered and become orders or invoices."""
