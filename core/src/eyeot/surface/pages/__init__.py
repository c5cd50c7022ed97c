"""Pages: what every page for people is made of; rendered here, and working without a script."""

from eyeot.surface.pages.kit import Kit, Page
from eyeot.surface.pages.visit import Visit

__all__ = ["Kit", "Page", "Visit"]
