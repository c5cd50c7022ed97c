"""OAuth: the apps that people let work in their name, and what is handed to those."""
