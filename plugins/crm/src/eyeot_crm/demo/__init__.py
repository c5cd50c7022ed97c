"""Demo: a believable French company and its year of trade, as plain data."""

from eyeot_crm.demo.model import Event
from eyeot_crm.demo.year import Year, year

__all__ = ["Event", "Year", "year"]
