"""Embedded PostgreSQL: a database of its own for a machine that offers none."""

from eyeot.deploy.embedded.refusal import AlreadySupervised, EmbeddedRefused
from eyeot.deploy.embedded.supervisor import EmbeddedPostgres

__all__ = ["AlreadySupervised", "EmbeddedPostgres", "EmbeddedRefused"]
