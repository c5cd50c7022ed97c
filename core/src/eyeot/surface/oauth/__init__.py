"""OAuth: the authorization server by which people let apps work in their name."""

from eyeot.surface.oauth.app import OAuthApp

__all__ = ["OAuthApp"]
