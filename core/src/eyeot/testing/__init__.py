"""Testing: a real engine on a real database, and organisations to work in, for the tests of core and plugins."""

from eyeot.testing.desk import Desk
from eyeot.testing.house import House

__all__ = ["Desk", "House"]
