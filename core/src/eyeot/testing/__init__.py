"""Testing: a real engine on a real database, and organisations to work in."""

from eyeot.testing.desk import Desk
from eyeot.testing.house import House

__all__ = ["Desk", "House"]
