"""The demo company's year: believable to a French reader, valid to a program, always the same."""

import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.eu import vat as eu_vat
from stdnum.fr import siren, siret, tva
from stdnum.gb import vat as gb_vat

from eyeot_crm.demo import Event, Year, year
from eyeot_crm.demo.identifiers import area_code
from eyeot_crm.demo.model import Company, Opportunity
from eyeot_crm.demo.places import COMMUNES, at, of
from eyeot_crm.demo.workdays import holidays

TODAY = date(2026, 9, 30)
KEY = re.compile(r"[a-z_]+:\d+")
PARIS = ZoneInfo("Europe/Paris")
_DEPARTMENTS = """
    Auvergne-Rhône-Alpes: 01 03 07 15 26 38 42 43 63 69 73 74; Bretagne: 22 29 35 56
    Bourgogne-Franche-Comté: 21 25 39 58 70 71 89 90; Centre-Val de Loire: 18 28 36 37 41 45
    Corse: 2A 2B; Grand Est: 08 10 51 52 54 55 57 67 68 88; Hauts-de-France: 02 59 60 62 80
    Normandie: 14 27 50 61 76; Nouvelle-Aquitaine: 16 17 19 23 24 33 40 47 64 79 86 87
    Occitanie: 09 11 12 30 31 32 34 46 48 65 66 81 82; Pays de la Loire: 44 49 53 72 85
    Provence-Alpes-Côte d'Azur: 04 05 06 13 83 84; Île-de-France: 75 77 78 91 92 93 94 95
    Guadeloupe: 971; Martinique: 972; Guyane: 973; La Réunion: 974; Mayotte: 976
"""
DEPARTMENTS = dict(
    row.strip().split(": ") for row in _DEPARTMENTS.strip().replace("\n", ";").split(";")
)
ARTICLES = ("la la ", "le le ", "de le ", "de les ", "à le ", "à les ", "de A", "de E", "de É")


@pytest.fixture(scope="module")
def story() -> Year:
    return year(TODAY)


@pytest.fixture(scope="module")
def events(story: Year) -> list[Event]:
    return story.events()


def french(story: Year) -> list[Company]:
    return [company for company in story.companies if company.address.country == "FR"]


def test_there_is_enough_of_everything(story: Year) -> None:
    assert 8 <= len(story.staff) <= 10
    assert len(story.companies) >= 240
    assert len(story.people) >= 110
    assert len(story.parties) >= 330
    assert len(story.customers) >= 200
    assert len(story.leads) >= 90
    assert len(story.opportunities) >= 210
    assert len(COMMUNES) >= 90


def test_every_siren_is_valid_and_held_once(story: Year) -> None:
    numbers = [company.siren for company in french(story)] + [story.company.siren]

    assert all(number and siren.is_valid(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_every_siret_is_valid_and_belongs_to_its_siren(story: Year) -> None:
    pairs = [(company.siren, company.siret) for company in french(story)]
    pairs += [(story.company.siren, site.siret) for site in story.company.establishments]

    for number, site in pairs:
        assert number
        assert site
        assert siret.is_valid(site)
        assert site.startswith(number)
    assert len({site for _, site in pairs}) == len(pairs)


def test_every_vat_number_is_valid_in_its_country_and_held_once(story: Year) -> None:
    numbers = [company.vat_number for company in story.companies if company.vat_number]

    for number in (*numbers, story.company.vat_number):
        assert gb_vat.is_valid(number) if number[:2] == "GB" else eu_vat.is_valid(number)
    assert len(set(numbers)) == len(numbers)
    for company in french(story):
        assert (company.vat_number is not None) == company.is_taxable_person
        assert not company.vat_number or tva.to_siren(company.vat_number) == company.siren


def test_no_two_companies_share_a_name_a_domain_or_an_address(story: Year) -> None:
    companies = story.companies

    assert len({company.name for company in companies}) == len(companies)
    assert len({company.trade_name for company in companies}) == len(companies)
    assert len({company.website for company in companies}) == len(companies)
    assert len({(c.address.line, c.address.postcode) for c in companies}) == len(companies)


def test_the_legal_form_stands_once_in_the_legal_name(story: Year) -> None:
    forms = ("SARL", "EURL", "SASU", "SAS", "SA", "EI", "Association", "Commune")
    for company in french(story):
        found = [word for word in company.name.split() if word in forms]

        assert found in ([company.legal_form], [])
        assert found or company.name.startswith(("OGEC", "EHPAD", "Collège", "Lycée"))


def test_every_telephone_is_valid_and_held_once(story: Year) -> None:
    companies = [company.phone for company in story.companies]
    mobiles = [person.phone for person in story.people if person.phone not in companies]
    leads = [lead.phone for lead in story.leads]

    for number in (*companies, *mobiles, *leads):
        assert phonenumbers.is_valid_number(phonenumbers.parse(number)), number
    assert len({*companies, *mobiles}) == len(companies) + len(mobiles)


def test_a_french_landline_begins_as_its_region_does(story: Year) -> None:
    for company in french(story):
        address = company.address
        assert address.region
        assert address.department
        if company.phone.startswith("+33"):
            assert f"0{company.phone[3]}" == area_code(address.region, address.department)
        else:
            assert address.department.startswith("97")


def test_every_e_mail_passes_the_validator_and_can_reach_nobody(story: Year) -> None:
    addresses = [staff.email for staff in story.staff]
    addresses += [party.email for party in story.parties]
    addresses += [lead.email for lead in story.leads]

    for address in addresses:
        found = validate_email(address, check_deliverability=False)
        assert found.normalized == address
        assert address.endswith(".example")
    assert len({person.email for person in story.people}) == len(story.people)


def test_people_write_from_their_company_and_have_a_mobile_in_france(story: Year) -> None:
    companies = {company.key: company for company in story.companies}
    for person in story.people:
        company = companies[person.company]
        assert person.email.partition("@")[2] == company.email.partition("@")[2]
        if company.address.country == "FR":
            assert person.phone[:4] in ("+336", "+337")


def test_every_postcode_lies_in_its_department_and_region(story: Year) -> None:
    for commune in COMMUNES:
        assert commune.department in DEPARTMENTS[commune.region].split()
    assert {commune.region for commune in COMMUNES} == set(DEPARTMENTS)
    known = {(c.postcode, c.name, c.department, c.region) for c in COMMUNES}
    addresses = [company.address for company in french(story)]
    assert known.issuperset((a.postcode, a.city, a.department, a.region) for a in addresses)


def test_communes_take_the_right_preposition() -> None:
    cities = ("Lille", "Angers", "Évreux", "Le Mans", "La Rochelle", "Les Abymes")
    after_of = ("de Lille", "d'Angers", "d'Évreux", "du Mans", "de La Rochelle", "des Abymes")
    after_at = ("à Lille", "à Angers", "à Évreux", "au Mans", "à La Rochelle", "aux Abymes")

    assert tuple(map(of, cities)) == after_of
    assert tuple(map(at, cities)) == after_at


def test_what_is_written_reads_as_french(story: Year) -> None:
    texts = [company.trade_name for company in story.companies]
    texts += [text for lead in story.leads for text in (lead.title, lead.need)]
    texts += [opportunity.name for opportunity in story.opportunities]
    for text in texts:
        words = text.lower().split()
        assert not any(a == b for a, b in pairwise(words)), text
        assert "{" not in text
        assert not any(mistake in f" {text}" for mistake in ARTICLES), text


def test_job_titles_agree_with_the_person(story: Year) -> None:
    people = {person.key: person for person in story.people}
    women = ("Gérante", "Présidente", "Directrice", "Cheffe", "Adjointe", "Seconde")
    men = ("Gérant", "Président", "Directeur", "Chef", "Adjoint", "Second")
    for contact in story.contacts:
        first = contact.job_title.split()[0]
        assert first not in (men if people[contact.party].civility == "Mme" else women)


def test_holidays_are_those_of_the_calendar() -> None:
    days = "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"

    assert " ".join(f"{day:%m-%d}" for day in sorted(holidays(2026))) == days


def test_events_come_in_order_in_office_hours_and_before_today(events: list[Event]) -> None:
    assert [event.at for event in events] == sorted(event.at for event in events)
    for event in events:
        check_moment(event.at, TODAY)


def check_moment(moment: datetime, today: date) -> None:
    local = moment.astimezone(PARIS)
    assert moment.tzinfo is UTC
    assert local.date() < today
    assert local.weekday() < 5
    assert local.date() not in holidays(local.year)
    assert 8 <= local.hour < 19


def keys_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from keys_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from keys_in(inner)
    elif isinstance(value, str) and KEY.fullmatch(value):
        yield value


def check_references(events: list[Event]) -> None:
    existing: set[str] = set()
    for event in events:
        assert not existing.intersection(event.creates)
        existing.update(event.creates)
        assert event.actor in existing
        assert existing.issuperset(keys_in(event.payload)), event


def test_events_refer_only_to_what_exists_by_then(events: list[Event]) -> None:
    check_references(events)


def test_events_create_everything_exactly_once(story: Year, events: list[Event]) -> None:
    groups: list[Sequence[Any]] = [story.staff, story.teams, story.pipelines, story.stages]
    groups += [story.sources, story.lost_reasons, story.companies, story.people]
    groups += [story.customers, story.contacts, story.leads, story.opportunities]
    keys = Counter(thing.key for group in groups for thing in group)

    assert keys == Counter(key for event in events for key in event.creates)
    assert set(keys.values()) == {1}


def test_replaying_the_events_gives_the_state_of_today(story: Year, events: list[Event]) -> None:
    lifecycle: dict[object, object] = {}
    stage: dict[object, object] = {}
    for event in events:
        said = event.payload
        if event.kind == "customer.create":
            lifecycle[said["key"]] = said["lifecycle"]
        elif event.kind == "customer.set_lifecycle":
            lifecycle[said["customer"]] = said["lifecycle"]
        elif event.kind == "opportunity.win" and said["makes_customer"]:
            assert lifecycle[said["customer"]] in ("prospect", "dormant")
            lifecycle[said["customer"]] = "customer"
        if event.kind in ("opportunity.move_stage", "opportunity.win", "opportunity.lose"):
            stage[said["opportunity"]] = said["stage"]

    assert lifecycle == {customer.key: customer.lifecycle for customer in story.customers}
    assert stage.items() <= {(deal.key, deal.stage) for deal in story.opportunities}


def test_customers_were_partly_there_before_and_partly_came_during_the_year(story: Year) -> None:
    begins = TODAY - timedelta(days=365)
    new = [customer for customer in story.customers if customer.created_at.date() >= begins]

    assert 40 <= len(new) <= 100
    assert all(customer.since <= customer.created_at.date() for customer in story.customers)
    assert {customer.lifecycle for customer in story.customers} == {
        *("prospect", "customer", "dormant", "former")
    }
    assert {customer.tier for customer in story.customers} == {"A", "B", "C"}


def test_salespeople_own_the_customers_of_their_team_and_their_deals(story: Year) -> None:
    teams = {staff.key: staff.team for staff in story.staff if staff.role == "sales"}
    owners = {customer.key: customer.owner for customer in story.customers}
    assert {c.owner: c.team for c in story.customers} == teams
    employers = {contact.key: contact.customer for contact in story.contacts}
    for opportunity in story.opportunities:
        assert opportunity.owner == owners[opportunity.customer]
        assert opportunity.contacts
        assert {employers[key] for key in opportunity.contacts} == {opportunity.customer}


def test_an_opportunity_moves_forward_through_its_own_pipeline(story: Year) -> None:
    stages = {stage.key: stage for stage in story.stages}
    for opportunity in story.opportunities:
        path = [stages[move.stage] for move in opportunity.moves]
        times = [move.at for move in opportunity.moves]
        last = stages[opportunity.stage]

        assert [stage.order for stage in path] == list(range(1, len(path) + 1))
        assert {stage.pipeline for stage in (*path, last)} == {opportunity.pipeline}
        assert times == sorted(set(times))
        assert last.kind == opportunity.outcome
        assert (opportunity.closed_at is None) == (opportunity.outcome == "open")
        assert not opportunity.closed_at or opportunity.closed_at > times[-1]
        assert (opportunity.lost_reason is None) == (opportunity.outcome != "lost")
        assert opportunity.expected_close > times[0].date()


def test_about_two_deals_in_five_are_won(story: Year) -> None:
    outcomes = Counter(opportunity.outcome for opportunity in story.opportunities)

    assert 0.34 <= outcomes["won"] / (outcomes["won"] + outcomes["lost"]) <= 0.42
    assert 25 <= outcomes["open"] <= 70
    lost = {o.lost_reason for o in story.opportunities if o.lost_reason}
    assert lost == {reason.key for reason in story.lost_reasons}


def test_amounts_are_those_of_the_trade(story: Year) -> None:
    amounts = sorted(opportunity.amount for opportunity in story.opportunities)

    assert amounts[0] >= 1_500
    assert amounts[-1] <= 120_000
    assert 4_000 <= amounts[len(amounts) // 2] <= 12_000
    assert amounts[-1] >= 60_000
    assert all(amount == amount.quantize(Decimal("0.01")) for amount in amounts)


def test_august_is_quiet_and_september_and_june_are_busy(story: Year) -> None:
    months = Counter(o.created_at.month for o in story.opportunities)

    assert months[8] < min(months[6], months[9]) / 2


def test_leads_end_in_every_way_and_conversions_lead_to_a_deal(story: Year) -> None:
    deals: dict[str, Opportunity] = {o.key: o for o in story.opportunities}
    customers = {customer.key: customer for customer in story.customers}

    assert {lead.status for lead in story.leads} == {
        *("new", "contacted", "qualified", "converted", "disqualified")
    }
    assert {lead.disqualify_reason for lead in story.leads} == {
        *(None, "no_budget", "no_need", "wrong_fit", "unreachable"),
        *("competitor", "duplicate", "spam"),
    }
    names = {company.trade_name for company in story.companies}
    for lead in story.leads:
        steps = (lead.created_at, lead.contacted_at, lead.qualified_at, lead.closed_at)
        known = [step for step in steps if step]
        assert known == sorted(set(known))
        assert lead.disqualify_reason != "duplicate" or lead.company_name in names
        assert (lead.status == "converted") == (lead.opportunity is not None)
        if lead.opportunity and lead.customer:
            assert deals[lead.opportunity].lead == lead.key
            assert deals[lead.opportunity].customer == lead.customer
            assert customers[lead.customer].source == lead.source


def test_the_same_day_tells_the_same_year() -> None:
    assert year(TODAY) == year(TODAY)
    assert year(TODAY).events() == year(TODAY).events()
    assert year(TODAY, seed=7) != year(TODAY)


def test_another_process_tells_the_same_year(events: list[Event]) -> None:
    code = f"import datetime; from eyeot_crm.demo import year; print(year({TODAY!r}).events())"
    for seed in ("1", "2"):
        env = {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
        told = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, check=True
        )
        assert told.stdout.decode().strip() == repr(events)


def test_a_year_is_told_in_less_than_half_a_second() -> None:
    start = time.perf_counter()
    year(TODAY).events()

    assert time.perf_counter() - start < 0.5


@settings(max_examples=40, deadline=None)
@given(st.dates(date(2024, 1, 1), date(2035, 12, 31)), st.integers(0, 10_000))
def test_any_day_and_seed_give_a_sound_year(today: date, seed: int) -> None:
    story = year(today, seed)
    events = story.events()

    check_references(events)
    for event in events:
        check_moment(event.at, today)
    assert len(story.opportunities) >= 200
    assert len(story.leads) >= 90
    assert len({company.trade_name for company in story.companies}) == len(story.companies)
