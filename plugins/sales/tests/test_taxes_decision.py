"""The decision table of VAT: it answers every case, each by the article that an accountant would cite."""

import itertools
from typing import Any, get_args

import pytest

from eyeot_sales.taxes.cases import Buyer, Case, Direction, Flow, Nature, Scheme, Treatment
from eyeot_sales.taxes.decision import decide, rules
from eyeot_sales.taxes.rates import starting
from eyeot_sales.taxes.zones import Place, Zone, in_france, zone_of

ZONES = get_args(Zone)
_BY_LEVEL = {"level", "mainland", "country", "own"}


def _cases(direction: str) -> Any:
    """Every case there can be; where goods leave from is varied where they reach the buyer at home."""
    for seller, buyer_zone, arrival, buyer, scheme, nature, treatment, distance in itertools.product(
        ZONES, ZONES, ZONES, get_args(Buyer), get_args(Scheme), get_args(Nature),
        get_args(Treatment), (False, True),
    ):  # fmt: skip
        for origin in ZONES if nature == "goods" and buyer_zone == arrival else (seller,):
            yield Case(
                direction=direction,  # type: ignore[arg-type]
                seller=seller,
                origin=origin,
                buyer_zone=buyer_zone,
                arrival=arrival,
                buyer=buyer,
                scheme=scheme,
                nature=nature,
                treatment=treatment,
                distance=distance,
            )


@pytest.mark.parametrize("direction", get_args(Direction))
def test_every_case_has_exactly_one_answer_or_a_refusal_that_teaches(direction: str) -> None:
    codes = {one["code"] for one in starting()}
    prefix = "A-" if direction == "purchase" else ""
    seen = set()

    for case in _cases(direction):
        rule = decide(case)
        seen.add(rule.id)
        assert bool(rule.give) != bool(rule.refuse)
        if rule.refuse:
            assert rule.remedy
        elif rule.give not in _BY_LEVEL:
            assert prefix + rule.give in codes, (rule.id, case)
        if rule.give == "own":
            assert case.treatment != "taxable", (rule.id, case)
        if rule.give in ("level", "mainland"):
            assert in_france(case.place) or rule.give == "mainland", (rule.id, case)

    abroad = {"acquisition", "acquisition_unidentified", "import", "foreign_service",
              "foreign_service_consumer"}  # fmt: skip
    unseen = {one.id for one in rules()} - seen
    assert unseen == (abroad if direction == "sale" else {"seller_abroad"})


def test_vat_is_never_dropped_within_a_zone_where_it_applies() -> None:
    for zone in ("metropole", "corse", "antilles", "reunion"):
        for nature, buyer in itertools.product(get_args(Nature), get_args(Buyer)):
            case = _case(seller=zone, to=zone, nature=nature, buyer=buyer)
            assert decide(case).give == "level", case


def test_every_rule_is_conditioned_on_known_facts() -> None:
    known = {
        "direction": set(get_args(Direction)),
        "flow": set(get_args(Flow)),
        "nature": set(get_args(Nature)),
        "buyer": set(get_args(Buyer)),
        "scheme": set(get_args(Scheme)),
        "treatment": set(get_args(Treatment)),
        "distance": {"yes", "no"},
    }
    for rule in rules():
        for fact, fits in rule.when.items():
            assert fits <= known[fact], (rule.id, fact)


def _case(*, seller: Any = "metropole", to: Any = "metropole", **more: Any) -> Case:
    given: dict[str, Any] = {
        "direction": "sale",
        "origin": seller,
        "buyer_zone": to,
        "arrival": to,
        "buyer": "identified",
        "scheme": "taxable",
        "nature": "goods",
        "treatment": "taxable",
        "distance": False,
    }
    return Case(seller=seller, **{**given, **more})


CASES: list[tuple[dict[str, Any], str, str]] = [
    # What, what applies, the article of the CGI.
    ({}, "level", "278"),
    ({"buyer": "consumer"}, "level", "278"),
    ({"to": "corse"}, "level", "297"),
    ({"seller": "corse"}, "level", "278"),
    ({"scheme": "franchise"}, "FRANCHISE", "293 B"),
    ({"treatment": "exempt"}, "own", "261"),
    ({"treatment": "outside"}, "own", "256"),
    ({"treatment": "margin"}, "own", "297 A"),
    # Overseas departments are export territories for goods, towards the mainland and each other.
    ({"to": "antilles"}, "EXPORT-DROM", "294, 2"),
    ({"to": "reunion", "buyer": "consumer"}, "EXPORT-DROM", "294, 2"),
    ({"to": "guyane"}, "EXPORT-DROM", "294, 2"),
    ({"to": "mayotte"}, "EXPORT-DROM", "294, 2"),
    ({"seller": "corse", "to": "reunion"}, "EXPORT-DROM", "294, 2"),
    ({"seller": "antilles", "to": "antilles"}, "level", "296"),
    ({"seller": "antilles", "to": "reunion"}, "EXPORT-DROM", "294, 2"),
    ({"seller": "reunion", "to": "antilles"}, "EXPORT-DROM", "294, 2"),
    ({"seller": "reunion", "to": "metropole"}, "EXPORT-DROM", "294, 2"),
    ({"seller": "antilles", "to": "eu"}, "EXPORT-DROM", "294, 2"),
    ({"seller": "guyane", "to": "guyane"}, "GM0", "294, 1"),
    ({"seller": "mayotte", "to": "metropole"}, "GM0", "294, 1"),
    # For services they are France: the supplier charges the rate of the place.
    ({"to": "reunion", "nature": "services"}, "level", "296"),
    ({"seller": "reunion", "to": "metropole", "nature": "services"}, "level", "278"),
    ({"to": "guyane", "nature": "services"}, "GM0", "294, 1"),
    ({"to": "guyane", "nature": "services", "buyer": "consumer"}, "level", "278"),
    ({"to": "mayotte", "nature": "immovable"}, "GM0", "294, 1"),
    # Other Member States.
    ({"to": "eu"}, "IC", "262 ter"),
    ({"to": "eu", "scheme": "franchise"}, "FRANCHISE", "293 B"),
    ({"to": "eu", "buyer": "business"}, "mainland", "258 A"),
    ({"to": "eu", "buyer": "consumer"}, "mainland", "259 D"),
    ({"to": "eu", "buyer": "consumer", "distance": True}, "country", "258 A"),
    ({"to": "eu", "nature": "services"}, "AE-EU", "283, 2"),
    ({"to": "eu", "nature": "services", "scheme": "franchise"}, "AE-EU", "283, 2"),
    ({"to": "eu", "nature": "services", "buyer": "business"}, "", "282/2011"),
    ({"to": "eu", "nature": "services", "buyer": "consumer"}, "level", "278"),
    ({"to": "eu", "nature": "digital", "buyer": "consumer"}, "level", "278"),
    ({"to": "eu", "nature": "digital", "buyer": "consumer", "distance": True}, "country", "259 D"),
    ({"to": "eu", "nature": "immovable", "buyer": "consumer"}, "country", "259 A"),
    ({"to": "eu", "nature": "immovable"}, "AE-EU", "259 A, 2°"),
    # Third countries.
    ({"to": "third"}, "EXPORT", "262, I"),
    ({"to": "third", "scheme": "franchise"}, "FRANCHISE", "293 B"),
    ({"seller": "reunion", "to": "third"}, "EXPORT", "262, I"),
    ({"to": "third", "nature": "services"}, "OUTSIDE", "259"),
    ({"to": "third", "nature": "services", "buyer": "consumer"}, "level", "278"),
    ({"to": "third", "nature": "intangible", "buyer": "consumer"}, "OUTSIDE", "259"),
    # Reverse charge within France.
    ({"nature": "immovable", "treatment": "subcontracting"}, "own", "283, 2 nonies"),
    ({"nature": "immovable", "treatment": "subcontracting", "buyer": "consumer"}, "", "283, 2 nonies"),
    ({"treatment": "subcontracting"}, "", "283, 2 nonies"),
    # Purchases.
    ({"direction": "purchase", "seller": "eu"}, "IC", "256 bis"),
    ({"direction": "purchase", "seller": "eu", "nature": "services"}, "AE-EU", "283"),
    ({"direction": "purchase", "seller": "third"}, "IMPORT", "291"),
    ({"direction": "purchase", "seller": "third", "to": "reunion"}, "IMPORT", "291"),
    ({"direction": "purchase", "seller": "eu", "to": "reunion"}, "IMPORT", "291"),
    ({"direction": "purchase", "seller": "third", "nature": "services"}, "AE-EU", "283"),
    ({"direction": "purchase", "scheme": "franchise"}, "FRANCHISE", "293 B"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "gives", "article"), CASES)
def test_a_case_is_decided_by_its_article(facts: dict[str, Any], gives: str, article: str) -> None:
    rule = decide(_case(**facts))

    assert rule.give == gives
    # The table cites the range of rate articles; which of them is the rate's own to say.
    assert article in rule.article or (gives == "level" and article in ("278", "296", "297"))


@pytest.mark.parametrize(
    ("country", "postcode", "zone"),
    [
        ("FR", "69002", "metropole"),
        ("FR", None, "metropole"),
        ("MC", "98000", "metropole"),
        ("FR", "20090", "corse"),
        ("FR", "97110", "antilles"),
        ("FR", "97150", "third"),
        ("FR", "97133", "third"),
        ("FR", "97400", "reunion"),
        ("RE", "97400", "reunion"),
        ("FR", "97300", "guyane"),
        ("FR", "97600", "mayotte"),
        ("FR", "98800", "third"),
        ("NC", None, "third"),
        ("DE", "10115", "eu"),
        ("DE", "27498", "third"),
        ("ES", "35001", "third"),
        ("ES", "28001", "eu"),
        ("CH", "1201", "third"),
        ("GB", "SW1A 1AA", "third"),
    ],
)
def test_a_place_lies_in_its_zone(country: str, postcode: str | None, zone: str) -> None:
    assert zone_of(Place(country=country, postcode=postcode)) == zone
