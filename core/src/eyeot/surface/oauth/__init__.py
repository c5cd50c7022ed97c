"""OAuth: the authorization server (OAuth 2.1) by which people let apps and agents work in their name."""
