"""Papers: how what is sent to people looks."""
