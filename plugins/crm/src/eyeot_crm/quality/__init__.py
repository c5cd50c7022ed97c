"""Quality: what is wrong with parties and their accounts, and whom a text is about."""
