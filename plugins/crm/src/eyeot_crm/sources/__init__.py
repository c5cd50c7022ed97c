"""Sources and reasons: where leads come from, and why deals are lost."""
