"""FEC: the file of accounting entries that a tax inspection asks for."""
