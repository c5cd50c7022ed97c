"""Orders: what customers ordered, and how much of it was delivered, invoiced and given up."""
