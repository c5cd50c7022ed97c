"""Console: pages for people, rendered here; they work without a script."""

from eyeot.surface.console.app import ConsoleApp

__all__ = ["ConsoleApp"]
