"""Returns: what customers send back, by right or by agreement, and what they get for it."""
