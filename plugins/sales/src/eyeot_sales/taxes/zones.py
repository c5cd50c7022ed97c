"""Zones: where places lie for VAT."""

from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from eyeot.types import Country
from eyeot_sales.data import table

Zone = Literal["metropole", "corse", "antilles", "reunion", "guyane", "mayotte", "eu", "third"]


class Place(BaseModel):
    """A country, and the postcode that tells its parts apart."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    country: Country = "FR"
    postcode: Annotated[str | None, Field(max_length=12)] = None


def zone_of(place: Place) -> Zone:
    """The zone of a place; a country that is not of the Union is `third`."""
    zones, postcode = table("taxes", "zones"), (place.postcode or "").replace(" ", "")
    for prefix, zone in zones["prefixes"].get(place.country, {}).items():
        if postcode.startswith(prefix):
            return cast("Zone", zone)
    return cast("Zone", zones["countries"].get(place.country, "third"))


def in_france(zone: Zone) -> bool:
    """Whether French VAT law holds there, be it to say that no VAT is due."""
    return zone in table("taxes", "zones")["france"]["zones"]


def territory_of(zone: Zone) -> str:
    """The territory of `sales.tax_rate` whose rates apply in a zone."""
    return str(table("taxes", "zones")["territory"][zone])


def market_of(zone: Zone) -> str:
    """The market within which goods are not exported."""
    return str(table("taxes", "zones")["market"][zone])
