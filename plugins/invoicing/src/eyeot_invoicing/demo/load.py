"""Load: the demo company's invoicing, part by part, as actions of its people."""

from eyeot_invoicing.demo import bank, billing, books, dunning, incoming
from eyeot_invoicing.demo.office import Demo, Office
from eyeot_invoicing.demo.year import telling

_PARTS = (
    telling.load,
    books.begin,
    billing.load,
    bank.load,
    dunning.load,
    incoming.load,
    books.load,
    billing.declare,
)
"""Told side by side, each call at its moment; at the same moment, in this order."""


async def load(demo: Demo) -> None:
    """Load every part."""
    await demo.together(*(part(Office(demo)) for part in _PARTS))


async def start(demo: Demo) -> None:
    """Load what is of the day on which the demo is started: what this deployment signs or seals."""
    office = Office(demo)
    await books.archive(office)
    await incoming.sell(office)
