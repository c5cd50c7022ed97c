"""Demo: what the demo company sells."""
