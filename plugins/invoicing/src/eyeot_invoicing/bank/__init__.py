"""Bank: accounts, statements as banks write them, and what their movements are in the books."""
