"""Formats: the same three movements as seven banks tell them, and files that are cut, hostile or nonsense."""

import contextlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eyeot_invoicing.bank.formats import camt, cfonb, detecting, mt940, ofx, spreadsheet
from eyeot_invoicing.bank.formats.sheet import Unreadable

SAMPLES = Path(__file__).parent / "samples"
FILES = {
    "societe-generale.camt053.001.02.xml": "camt053",
    "la-banque-postale.camt053.001.08.xml": "camt053",
    "lcl.camt053.001.12.xml": "camt053",
    "credit-agricole.cfonb120.txt": "cfonb120",
    "bnp.mt940.txt": "mt940",
    "credit-mutuel.ofx": "ofx",
    "caisse-epargne.xml.ofx": "ofx",
    "boursobank.csv": "csv",
    "qonto.csv": "csv",
}


@pytest.mark.parametrize("name", FILES)
def test_every_bank_tells_the_same_movements(name: str) -> None:
    format, (sheet,) = detecting.read((SAMPLES / name).read_bytes())
    assert format == FILES[name]
    told = sorted((one.booked_on, one.amount) for one in sheet.movements)
    assert told == [
        (date(2026, 11, 2), Decimal("1020.00")),
        (date(2026, 11, 3), Decimal("-46.80")),
        (date(2026, 11, 5), Decimal("-4.50")),
    ]
    paid = next(one for one in sheet.movements if one.amount > 0)
    assert "FA-2026-00001" in paid.remittance
    if name != "qonto.csv":
        assert (sheet.opening, sheet.closing) == (Decimal("1234.56"), Decimal("2203.26"))


@pytest.mark.parametrize("name", [one for one in FILES if not one.endswith("csv")])
def test_a_file_that_is_cut_is_refused_wherever_it_is_cut(name: str) -> None:
    whole = (SAMPLES / name).read_bytes().rstrip()
    accepted = []
    for end in range(1, 40):
        part = whole[: len(whole) * end // 40]
        with contextlib.suppress(Unreadable):
            detecting.read(part, FILES[name])  # type: ignore[arg-type]
            accepted.append(end)
    assert not accepted


def test_a_sum_that_is_wrong_by_a_cent_is_refused() -> None:
    file = (SAMPLES / "lcl.camt053.001.12.xml").read_text().replace("46.80", "46.81")
    with pytest.raises(Unreadable, match="does not add up"):
        detecting.read(file.encode())


_BOMB = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&b;</Document>"""
_THIEF = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&x;</Document>"""
_DEEP = (
    "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>"
    + "<a>" * 20_000
    + "</a>" * 20_000
) + "</Document>"


@pytest.mark.parametrize(
    "hostile",
    [
        _BOMB,
        _THIEF,
        _DEEP,
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.13'/>",
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'/>",
        "<html><body>Session expirée</body></html>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><OFX></OFX>",
        "<OFX>" + "<A>" * 100,
        "%PDF-1.7",
        "PK\x03\x04",
        "",
        "\x00\x01\x02",
        "Date;Montant\n32/11/2026;1,00\n",
        "Date;Montant\n02/11/2026;1e9999\n",
        "Date;Montant\n02/11/2026;NaN\n",
        "Date;Montant\n02/11/2026;0,00\n",
        "Nom;Ville\nMartin;Lyon\n",
        "01" + "3" * 118 + "\n" + "04",
    ],
)
def test_what_is_hostile_or_nothing_is_refused_in_words(hostile: str) -> None:
    with pytest.raises(Unreadable) as refused:
        detecting.read(hostile.encode())
    assert str(refused.value)


def test_a_text_in_another_encoding_is_refused() -> None:
    with pytest.raises(Unreadable, match="UTF-8"):
        detecting.read(
            (SAMPLES / "boursobank.csv").read_bytes().decode("cp1252").encode("utf-16-le")
        )


def test_accents_are_read_as_the_bank_wrote_them() -> None:
    (sheet,) = ofx.read((SAMPLES / "credit-mutuel.ofx").read_bytes())
    assert sheet.movements[0].remittance == "VIR SARL MARTIN FA-2026-00001 règlement & solde"


def test_the_sign_of_a_cfonb_amount_is_in_its_last_sign() -> None:
    (sheet,) = cfonb.read((SAMPLES / "credit-agricole.cfonb120.txt").read_bytes())
    assert sheet.account == "300060000112345678901"
    assert sheet.movements[0].counterparty == "SARL MARTIN"
    whole = (SAMPLES / "credit-agricole.cfonb120.txt").read_text().replace("\n", "")
    assert cfonb.read(whole.encode())[0].movements == sheet.movements


def test_columns_may_be_told() -> None:
    file = b"Jour;Somme;Quoi\n2026-11-02;12,50;Test\n"
    (sheet,) = spreadsheet.read(
        file, {"booked_on": "Jour", "amount": "Somme", "remittance": "Quoi"}
    )
    assert sheet.movements[0].amount == Decimal("12.50")
    assert sheet.movements[0].remittance == "Test"


_NOISE = st.tuples(st.sampled_from(sorted(FILES)), st.integers(0, 10**6), st.binary(max_size=12))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(noise=st.lists(_NOISE, min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    noise: list[tuple[str, int, bytes]],
) -> None:
    """Whatever is damaged: an answer that adds up, or a refusal in words."""
    name = noise[0][0]
    content = (SAMPLES / name).read_bytes()
    for _, at, change in noise:
        place = at % len(content)
        content = content[:place] + change + content[place + len(change) // 2 :]
    readers = (camt.read, mt940.read, ofx.read, cfonb.read, spreadsheet.read)
    for read in (*readers, lambda told: detecting.read(told)[1]):
        with contextlib.suppress(Unreadable):
            for sheet in read(content):
                for one in sheet.movements:
                    assert one.amount.is_finite()
