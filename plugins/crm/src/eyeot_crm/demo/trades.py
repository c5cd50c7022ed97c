"""Trades: the kinds of customers, how many, how big, and what they are called."""

from dataclasses import dataclass
from typing import Literal

from eyeot_crm.demo import signs

_SHOP = ("{nom}", "{nom} & Fils", "Établissements {nom}", "Maison {nom}")
_TABLE = ("{nom} Restauration", "{nom} & Fils", "Maison {nom}", "{nom} et Associés")
_HOUSE = ("{nom}", "{nom} & Fils", "{nom} et Associés")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    key: str
    industry: str
    noun: str
    """With its article: what a lead says it is."""
    naf: str
    weight: int
    headcount: tuple[int, int]
    revenue: int = 0
    """Yearly euros per head; 0 for public bodies."""
    signs: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    """Names that serve again: `{nom}` is the founder, `{de_ville}` the commune after its `de`."""
    denominations: tuple[str, ...] = _HOUSE
    streets: Literal["town", "station", "park", "country", "school", "hall"] = "town"
    mailbox: str = "contact"
    forms: Literal["private", "large", "care", "school", "town"] = "private"
    largest_commune: int = 9
    """The highest weight of a commune it settles in: no camping in Paris."""


TRADES = (
    Trade(
        key="restaurant",
        industry="Restauration traditionnelle",
        noun="un restaurant",
        naf="56.10A",
        weight=27,
        headcount=(4, 26),
        revenue=78_000,
        signs=signs.RESTAURANTS,
        patterns=("Auberge {nom}", "La Table {de_ville}", "Le Bistrot {de_ville}"),
        denominations=_TABLE,
    ),
    Trade(
        key="fastfood",
        industry="Restauration rapide",
        noun="un restaurant rapide",
        naf="56.10C",
        weight=7,
        headcount=(3, 16),
        revenue=82_000,
        signs=signs.FAST_FOOD,
        patterns=("La Crêperie {de_ville}",),
        denominations=_TABLE,
    ),
    Trade(
        key="bar",
        industry="Débit de boissons",
        noun="un bar",
        naf="56.30Z",
        weight=3,
        headcount=(2, 9),
        revenue=70_000,
        signs=signs.BARS,
        patterns=("Café {de_ville}",),
    ),
    Trade(
        key="bakery",
        industry="Boulangerie-pâtisserie",
        noun="une boulangerie",
        naf="10.71C",
        weight=14,
        headcount=(3, 18),
        revenue=72_000,
        signs=signs.BAKERIES,
        patterns=("Boulangerie {nom}", "Maison {nom}", "Le Fournil {de_ville}"),
        denominations=_SHOP,
        mailbox="boutique",
    ),
    Trade(
        key="pastry",
        industry="Pâtisserie",
        noun="une pâtisserie",
        naf="10.71D",
        weight=3,
        headcount=(2, 12),
        revenue=74_000,
        signs=signs.PASTRIES,
        patterns=("Pâtisserie {nom}", "Chocolaterie {nom}"),
        denominations=_SHOP,
        mailbox="boutique",
    ),
    Trade(
        key="butcher",
        industry="Boucherie-charcuterie",
        noun="une boucherie",
        naf="47.22Z",
        weight=6,
        headcount=(2, 10),
        revenue=110_000,
        signs=signs.BUTCHERS,
        patterns=("Boucherie {nom}", "Charcuterie {nom}"),
        denominations=_SHOP,
    ),
    Trade(
        key="fish",
        industry="Poissonnerie",
        noun="une poissonnerie",
        naf="47.23Z",
        weight=2,
        headcount=(2, 7),
        revenue=125_000,
        signs=signs.FISHMONGERS,
        patterns=("Poissonnerie {nom}",),
        denominations=_SHOP,
    ),
    Trade(
        key="cheese",
        industry="Fromagerie",
        noun="une fromagerie",
        naf="47.29Z",
        weight=2,
        headcount=(2, 7),
        revenue=105_000,
        signs=signs.CHEESES,
        patterns=("Fromagerie {nom}", "Crémerie {nom}"),
        denominations=_SHOP,
    ),
    Trade(
        key="icecream",
        industry="Fabrication de glaces",
        noun="un glacier",
        naf="10.52Z",
        weight=1,
        headcount=(2, 9),
        revenue=85_000,
        signs=signs.ICE_CREAMS,
        patterns=("Glaces {nom}",),
        denominations=_SHOP,
    ),
    Trade(
        key="hotel",
        industry="Hôtellerie",
        noun="un hôtel-restaurant",
        naf="55.10Z",
        weight=10,
        headcount=(8, 75),
        revenue=88_000,
        signs=signs.HOTELS,
        patterns=("Grand Hôtel {de_ville}",),
        denominations=("Exploitation hôtelière {nom}", "{nom} Hôtels", "{nom} et Associés"),
        streets="station",
        mailbox="reception",
    ),
    Trade(
        key="camping",
        industry="Hôtellerie de plein air",
        noun="un camping",
        naf="55.30Z",
        weight=2,
        headcount=(6, 40),
        revenue=90_000,
        signs=signs.CAMPINGS,
        patterns=("Camping {de_ville}",),
        denominations=("{nom} Loisirs", "{nom} Plein Air"),
        streets="country",
        mailbox="accueil",
        largest_commune=1,
    ),
    Trade(
        key="caterer",
        industry="Traiteur et réceptions",
        noun="un traiteur",
        naf="56.21Z",
        weight=6,
        headcount=(4, 45),
        revenue=92_000,
        signs=signs.CATERERS,
        patterns=("Traiteur {nom}", "{nom} Réceptions"),
        denominations=_SHOP,
        streets="park",
    ),
    Trade(
        key="contract",
        industry="Restauration collective",
        noun="une cuisine centrale",
        naf="56.29A",
        weight=2,
        headcount=(45, 380),
        revenue=62_000,
        signs=signs.CONTRACT,
        patterns=("Cuisine centrale {de_ville}",),
        denominations=("{nom} Collectivités", "Groupe {nom}"),
        streets="park",
        forms="large",
    ),
    Trade(
        key="care",
        industry="Hébergement médicalisé",
        noun="un EHPAD",
        naf="87.10A",
        weight=6,
        headcount=(38, 120),
        revenue=54_000,
        signs=signs.CARE,
        patterns=("EHPAD {de_ville}",),
        mailbox="accueil",
        forms="care",
    ),
    Trade(
        key="clinic",
        industry="Santé",
        noun="une clinique",
        naf="86.10Z",
        weight=1,
        headcount=(90, 320),
        revenue=98_000,
        signs=signs.CLINICS,
        patterns=("Clinique {de_ville}",),
        denominations=("{nom} Santé", "Groupe médical {nom}"),
        mailbox="accueil",
        forms="large",
    ),
    Trade(
        key="school",
        industry="Enseignement secondaire",
        noun="un établissement scolaire",
        naf="85.31Z",
        weight=5,
        headcount=(28, 120),
        signs=signs.SCHOOLS,
        patterns=(
            "Ensemble scolaire Saint-Joseph {de_ville}",
            "Institution Notre-Dame {de_ville}",
            "Institution Sainte-Marie {de_ville}",
        ),
        streets="school",
        mailbox="intendance",
        forms="school",
    ),
    Trade(
        key="town",
        industry="Administration communale",
        noun="une commune",
        naf="84.11Z",
        weight=5,
        headcount=(120, 900),
        patterns=("Mairie {de_ville}",),
        streets="hall",
        mailbox="mairie",
        forms="town",
        largest_commune=2,
    ),
    Trade(
        key="wholesale",
        industry="Commerce de gros alimentaire",
        noun="un grossiste alimentaire",
        naf="46.38B",
        weight=3,
        headcount=(14, 140),
        revenue=310_000,
        signs=signs.WHOLESALE,
        patterns=("{nom} Primeurs",),
        denominations=("{nom} Distribution", "{nom} Frères", "Établissements {nom}"),
        streets="park",
        forms="large",
    ),
    Trade(
        key="grocery",
        industry="Commerce alimentaire de détail",
        noun="une supérette",
        naf="47.11C",
        weight=4,
        headcount=(5, 24),
        revenue=190_000,
        signs=signs.GROCERIES,
        patterns=("Épicerie {nom}",),
        denominations=("{nom} Distribution", "{nom} et Associés"),
    ),
)
