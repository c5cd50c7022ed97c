"""Objects: what is sold, as far as a territory has a VAT rate of its own for it."""

from typing import Literal

TaxObject = Literal[
    "general",
    "building_works",
    "on_site_consumption",
    "agricultural_equipment",
    "low_voltage_electricity",
    "petroleum",
    "press",
    "first_performances",
    "live_animals",
]
"""As CGI art. 281 quater, 281 sexies, 296 bis, 297 and 298 septies tell them apart."""
