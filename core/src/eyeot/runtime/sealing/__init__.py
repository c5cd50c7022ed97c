"""Sealing: a hash tree over each organisation's audit, its signed checkpoints, and their examination."""
