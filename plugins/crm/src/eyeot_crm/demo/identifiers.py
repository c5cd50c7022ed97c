"""Identifiers: valid in form, and nobody's on purpose.

A demonstration must not carry the number of a real business or ring a real telephone:

- private companies get a SIREN of the block beginning with 6, given out before 1973 and hardly
  in use any more, where the blocks in use today are so full that most numbers are somebody's;
- public bodies get the prefix of their kind and department with an order number above any real one;
- landlines come from the blocks that Arcep reserves for works of fiction (decision 2018-0881);
- mobiles come from blocks without an operator, as the block reserved for fiction (06 39 98) is not
  a valid number for the `phonenumbers` library;
- domains end in `.example` (RFC 2606), which can never resolve. `email-validator` accepts them
  under its default settings, as RFC 6761 asks; it rejects `.test`, `.invalid` and `.local`.
"""

import re
import unicodedata
from random import Random

from stdnum import luhn

_FICTION = {"01": "19900", "02": "26191", "03": "35301", "04": "46571", "05": "53649"}
_MOBILE = ("6417", "6418", "6419", "7441", "7442", "7452", "7463")
# Overseas numbers have a country code of their own; these blocks have no operator either.
_OVERSEAS = {
    "971": "+59059090",
    "972": "+59659690",
    "973": "+59459490",
    "974": "+26226290",
    "976": "+26226960",
}
# The prefix of the kind, and order numbers that no commune or establishment has reached.
_PUBLIC = {
    "school": ("19", range(9700, 10_000)),
    "town": ("21", range(950, 1000)),
    "hospital": ("26", range(9700, 10_000)),
}
_SOUTH_EAST = ("11", "30", "34", "48", "66")
_AREAS = {
    "Île-de-France": "01",
    "Bretagne": "02",
    "Centre-Val de Loire": "02",
    "Normandie": "02",
    "Pays de la Loire": "02",
    "Bourgogne-Franche-Comté": "03",
    "Grand Est": "03",
    "Hauts-de-France": "03",
    "Auvergne-Rhône-Alpes": "04",
    "Corse": "04",
    "Provence-Alpes-Côte d'Azur": "04",
    "Nouvelle-Aquitaine": "05",
}


def area_code(region: str, department: str) -> str:
    """The first two digits of a landline; Occitanie is cut in two."""
    return _AREAS.get(region) or ("04" if department in _SOUTH_EAST else "05")


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, as in a domain name."""
    text = text.replace("œ", "oe").replace("Œ", "oe").replace("&", " et ")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))


def vat_number(siren: str) -> str:
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def siret(siren: str, order: int = 1) -> str:
    body = f"{siren}{order:04d}"
    return body + luhn.calc_check_digit(body)


class Registry:
    """Hands out identifiers, each one once."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._given: set[str] = set()

    def claim(self, value: str) -> bool:
        """Whether the value was still free; it is not any more."""
        free = value not in self._given
        self._given.add(value)
        return free

    def _once(self, prefix: str, width: int, numbers: range | None = None) -> str:
        numbers = numbers or range(10**width)
        while True:
            value = f"{prefix}{self._rng.choice(numbers):0{width}d}"
            if self.claim(value):
                return value

    def siren(self) -> str:
        body = self._once("6", 7)
        return body + luhn.calc_check_digit(body)

    def public_siren(self, kind: str, department: str) -> str:
        prefix, numbers = _PUBLIC[kind]
        body = self._once(prefix + department, 4, numbers)
        return body + luhn.calc_check_digit(body)

    def landline(self, region: str, department: str) -> str:
        if department in _OVERSEAS:
            return self._once(_OVERSEAS[department], 4)
        return self._once(f"+33{_FICTION[area_code(region, department)]}", 4)

    def mobile(self) -> str:
        prefix = self._rng.choice(_MOBILE)
        return self._once(f"+33{prefix}", 9 - len(prefix))

    def domain(self, name: str, *hints: str) -> str:
        """A free domain for the name; the hints tell namesakes apart."""
        base = slug(name)
        for candidate in (base, *(f"{base}-{slug(hint)}" for hint in hints)):
            if self.claim(f"{candidate}.example"):
                return f"{candidate}.example"
        raise ValueError(name)
