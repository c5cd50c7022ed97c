"""Reports of sales: what was sold, what it earned, what waits, and how well it was delivered."""
