"""REST: every action over plain HTTP, and the OpenAPI document that describes them."""

from eyeot.surface.rest.app import RestApp

__all__ = ["RestApp"]
