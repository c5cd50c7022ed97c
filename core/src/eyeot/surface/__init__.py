"""Surfaces: the doors through which callers reach actions; each builds a request and renders its answer."""
