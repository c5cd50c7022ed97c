"""Amounts: VAT by sum per rate, discounts on lines and on the whole, against fractions computed apart."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from eyeot_invoicing.vat.due import parts
from eyeot_sales.trade.amounts import Amount, TaxKey, line_net, total

RATES = ("20", "10", "5.5", "2.1", "0")
LINES = st.lists(
    st.tuples(
        st.integers(1, 99_999),  # quantity, thousandths
        st.integers(0, 9_999_999),  # price, ten-thousandths
        st.integers(0, 10_000),  # discount, hundredths of a percent
        st.sampled_from(RATES),
        st.sampled_from(("goods", "service")),
    ),
    min_size=1,
    max_size=8,
)


def _half_up(value: Fraction) -> Fraction:
    """To the cent, away from zero at the half."""
    cents = abs(value) * 100
    whole = int(cents + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 100)


def _priced(rows: Any) -> list[tuple[Any, Amount]]:
    found = []
    for quantity, price, discount, rate, nature in rows:
        net = line_net(Decimal(quantity) / 1000, Decimal(price) / 10_000, Decimal(discount) / 100)
        found.append((nature, Amount(net, TaxKey("S" if rate != "0" else "E", Decimal(rate)))))
    return found


@given(LINES, st.integers(0, 10_000))
@settings(max_examples=40)
def test_vat_is_summed_by_rate_to_the_cent(rows: Any, percent: int) -> None:
    priced = _priced(rows)
    nets: dict[str, Fraction] = {}
    for quantity, price, discount, rate, _ in rows:
        net = Fraction(quantity, 1000) * Fraction(price, 10_000)
        net *= 1 - Fraction(discount, 10_000)
        nets[rate] = nets.get(rate, Fraction(0)) + _half_up(net)
    whole = sum(nets.values(), Fraction(0))
    allowance = _half_up(whole * Fraction(percent, 10_000))

    found = total([one for _, one in priced], Decimal(allowance.numerator) / allowance.denominator)

    assert Fraction(found.lines_net) == whole
    assert Fraction(found.net) == whole - (allowance if whole else 0)
    shares = {str(row.key.percent): Fraction(row.allowance) for row in found.breakdown}
    for rate, net in nets.items():
        exact = allowance * net / whole if whole else Fraction(0)
        # The largest takes what rounding leaves: at most half a cent of each rate.
        assert abs(shares[rate] - exact) <= Fraction(len(nets), 200)
    for row in found.breakdown:
        base = nets[str(row.key.percent)] - shares[str(row.key.percent)]
        assert Fraction(row.base) == base
        assert Fraction(row.tax) == _half_up(base * Fraction(row.key.percent) / 100)
    assert found.gross == found.net + sum(row.tax for row in found.breakdown)


@given(LINES, st.integers(0, 10_000), st.integers(0, 100))
@settings(max_examples=40)
def test_parts_by_nature_come_to_the_breakdown_with_deposits_deducted(
    rows: Any, percent: int, deducted: int
) -> None:
    priced = _priced(rows)
    taken = [
        (nature, Amount(-(one.net * deducted / 100).quantize(Decimal("0.01")), one.key, False))  # noqa: FBT003
        for nature, one in priced[:1]
    ]
    whole = sum((one.net for _, one in priced), Decimal(0))
    allowance = (whole * percent / 10_000).quantize(Decimal("0.01"))
    found = total([one for _, one in (*priced, *taken)], allowance)

    split = parts(found.breakdown, [*priced, *taken])

    for row in found.breakdown:
        mine = [one for one in split if one.key == row.key]
        assert sum(one.base for one in mine) == row.base
        assert sum(one.tax for one in mine) == row.tax
        for one in mine:
            exact = one.base * row.key.percent / 100
            assert abs(one.tax - exact) <= Decimal("0.01") * len(mine)
