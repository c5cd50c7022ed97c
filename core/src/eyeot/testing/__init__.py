"""Testing: a real engine on a real database, organisations to work in, and the contract of every plugin."""

from eyeot.testing.contract import contract
from eyeot.testing.desk import Desk
from eyeot.testing.house import House

__all__ = ["Desk", "House", "contract"]
