"""Deployment: what it takes to run Eyeot on a machine."""
