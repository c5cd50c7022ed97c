"""Runtime: the one path that every call takes."""
