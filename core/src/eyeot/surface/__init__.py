"""Surfaces: the doors to actions; each builds a request and renders its answer."""
