"""Closing: periods and fiscal years, from the first look to the opening of the next."""
