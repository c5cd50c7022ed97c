"""Bank accounts of parties: where money is sent, and whether that was verified."""
