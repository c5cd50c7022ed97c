"""Values: amounts, texts and times are kept as they were given, or refused by name."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from eyeot.declare.money import LARGEST, MINOR_UNITS, Exact, Money
from eyeot.declare.types import (
    Country,
    Currency,
    Email,
    Locale,
    Network,
    Phone,
    Siren,
    Siret,
    Timezone,
    Url,
    VatNumber,
)

cents = st.decimals(-LARGEST, LARGEST, places=2, allow_nan=False, allow_infinity=False)


@given(cents)
def test_an_amount_is_kept_to_the_cent(amount: Decimal) -> None:
    made = Money.model_validate({"amount": str(amount), "currency": "EUR"})

    assert made.amount == amount
    assert Money.model_validate(made.model_dump(mode="json")) == made


@given(cents, cents)
def test_sums_are_exact(one: Decimal, other: Decimal) -> None:
    one, other = one / 4, other / 4
    first, second = (Money(amount=round(n, 2)) for n in (one, other))

    assert (first + second).amount == first.amount + second.amount


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        *((1, code) for code in MINOR_UNITS),
        ("1.5", "EUR"),
        (1.1, "EUR"),
        ("1.234", "TND"),
        ("1.10", "USD"),
        ("-0.01", "EUR"),
        ("0", "EUR"),
        ("1E3", "JPY"),
        (str(LARGEST), "EUR"),
    ],
)
def test_an_amount_with_its_currencys_decimals_is_taken(amount: Any, currency: str) -> None:
    made = Money.model_validate({"amount": amount, "currency": currency})

    assert made.amount == Decimal(str(amount))


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("1.001", "EUR"),
        ("1.5", "JPY"),
        ("0.1", "XPF"),
        ("1.2345", "TND"),
        (0.1 + 0.2, "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("1E1000000", "EUR"),
        ("1E-1000000", "EUR"),
        (str(LARGEST + 1), "EUR"),
        (str(-LARGEST - 1), "EUR"),
        (True, "EUR"),
        ("", "EUR"),
        ("1,5", "EUR"),
        ("€1", "EUR"),
        (None, "EUR"),
        ("1", "eur"),
        ("1", "EURO"),
        ("1", "€"),
        ("1", "ÉUR"),
        ("1", ""),
        ("1", None),
    ],
)
def test_an_amount_that_could_not_be_paid_is_refused(amount: Any, currency: Any) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": currency})


def test_currencies_never_mix() -> None:
    with pytest.raises(ValueError, match="USD"):
        Money(amount=Decimal(1)) + Money(amount=Decimal(1), currency="USD")


@given(cents, st.decimals(-100, 100, places=4))
def test_a_product_is_rounded_half_up_to_the_cent(amount: Decimal, factor: Decimal) -> None:
    whole = abs(amount) < LARGEST / 200
    if whole:
        product = Money(amount=amount).times(factor).amount
        assert abs(product - amount * factor) <= Decimal("0.005")
        assert product == product.quantize(Decimal("0.01"))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_decimal_survives_the_edge(value: Decimal) -> None:
    adapter: TypeAdapter[Decimal] = TypeAdapter(Exact)

    assert adapter.validate_python(adapter.dump_python(value, mode="json")) == value


RIGHT = [
    (Email, "  Anne@Example.FR ".strip(), "Anne@example.fr"),
    (Phone, "04 78 00 00 00", "+33478000000"),
    (Phone, "+44 20 7946 0018", "+442079460018"),
    (Siren, "732 829 320", "732829320"),
    (Siret, "732 829 320 00074", "73282932000074"),
    (VatNumber, "FR 40 303 265 045", "FR40303265045"),
    (VatNumber, "GB 980780684", "GB980780684"),
    (VatNumber, "CHE-107.787.577 IVA", "CHE107787577IVA"),
    (Country, "FR", "FR"),
    (Currency, "EUR", "EUR"),
    (Locale, "fr-FR", "fr-FR"),
    (Timezone, "Europe/Paris", "Europe/Paris"),
    (Network, "203.0.113.7/24", "203.0.113.0/24"),
    (Network, "2001:db8::1/32", "2001:db8::/32"),
    (Network, "::ffff:192.0.2.0/120", "192.0.2.0/24"),
    (Network, "203.0.113.7", "203.0.113.7/32"),
    (Url, "https://example.fr/é?x=1", "https://example.fr/é?x=1"),
]
WRONG = [
    *((Email, value) for value in ("", "a@", "a b@c.fr", "a@b", "a@exa_mple.fr", "a\n@b.fr")),
    *((Phone, value) for value in ("", "12", "+33 1", "not a number", "+" + "1" * 40)),
    *((Siren, value) for value in ("", "732829321", "73282932", "7328293200", "٧٣٢٨٢٩٣٢٠")),
    *((Siret, value) for value in ("", "73282932000075", "732829320")),
    *((VatNumber, value) for value in ("", "FR", "FR00303265045", "XX123", "40303265045")),
    *((Country, value) for value in ("", "fr", "FRA", "É1")),
    *((Currency, value) for value in ("", "eur", "EURO")),
    *((Locale, value) for value in ("", "FR", "fr_FR", "french", "fr-fr")),
    *((Timezone, value) for value in ("", "Paris", "Europe/Lyon", "../etc/passwd")),
    *((Network, value) for value in ("", "999.1.1.1", "203.0.113.0/33", "a")),
    *((Url, value) for value in ("", "example.fr", "javascript:alert(1)", "http://", "http://a b")),
]


@pytest.mark.parametrize(("kind", "given_", "kept"), RIGHT)
def test_an_identifier_is_kept_in_one_form(kind: Any, given_: str, kept: str) -> None:
    found = TypeAdapter(kind).validate_python(given_)

    assert found == kept
    assert TypeAdapter(kind).validate_python(found) == found


@pytest.mark.parametrize(("kind", "value"), WRONG)
def test_what_is_no_such_identifier_is_refused(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@given(st.text(max_size=40))
def test_any_text_is_an_identifier_or_is_refused(text: str) -> None:
    for kind in (Email, Phone, Siren, Siret, VatNumber, Url, Network, Timezone, Locale):
        try:
            found = TypeAdapter(kind).validate_python(text)
        except ValidationError:
            continue
        assert isinstance(found, str)
