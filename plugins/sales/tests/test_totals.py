"""Totals and quantities: held against an independent computation, for whatever is sold and done."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from eyeot import Money
from eyeot_sales.orders.deriving import follow
from eyeot_sales.orders.records import SalesOrder, SalesOrderLine
from eyeot_sales.trade.documents import put_totals, totalled
from eyeot_sales.trade.lines import set_net

CENT = Fraction(1, 100)
RATES = ("20", "10", "5.5", "2.1", "0")
_lines = st.lists(
    st.tuples(
        st.decimals("0.001", "5000", places=3),
        st.decimals("0.01", "99999.99", places=2),
        st.decimals("0", "100", places=2),
        st.sampled_from(RATES),
    ),
    min_size=1,
    max_size=12,
)


def _half_up(value: Fraction) -> Fraction:
    """To the cent, half away from zero."""
    sign = -1 if value < 0 else 1
    return sign * ((abs(value) / CENT + Fraction(1, 2)) // 1) * CENT


def _document(lines: list[Any], percent: Decimal) -> tuple[Any, list[Any]]:
    document = SimpleNamespace(currency="EUR", discount_percent=percent, discount_amount=None)
    made = []
    for quantity, price, discount, rate in lines:
        line = SimpleNamespace(
            kind="product",
            quantity=quantity,
            unit_price=Money(amount=price),
            discount=discount,
            tax_category="S",
            tax_percent=Decimal(rate),
            exemption_code=None,
            net=None,
        )
        set_net(line, "EUR")
        made.append(line)
    return document, made


@settings(max_examples=200, deadline=None)
@given(_lines, st.decimals("0", "100", places=2))
def test_vat_is_summed_per_rate_and_every_cent_of_the_discount_is_spread(
    lines: list[Any], percent: Decimal
) -> None:
    document, made = _document(lines, percent)
    put_totals(document, totalled(document, made))

    bases: dict[str, Fraction] = defaultdict(Fraction)
    for quantity, price, discount, rate in lines:
        exact = Fraction(quantity) * Fraction(price) * (100 - Fraction(discount)) / 100
        bases[rate] += _half_up(exact)
    whole = sum(bases.values(), Fraction())
    taken = _half_up(whole * Fraction(percent) / 100)
    assert Fraction(document.total_discount.amount) == (taken if whole else 0)
    assert Fraction(document.total_net.amount) == whole - taken
    tax = Fraction()
    for row in document.tax_breakdown:
        rate, base = Fraction(row["percent"]), Fraction(row["base"])
        former = bases[next(one for one in bases if Fraction(one) == rate)]
        share = taken * former / whole if whole else 0
        # What rounding leaves of the discount falls on one rate: a cent for each of the others at most.
        assert abs(former - base - share) <= CENT * len(bases)
        assert Fraction(row["tax"]) == _half_up(base * rate / 100)
        tax += Fraction(row["tax"])
    assert Fraction(document.total_tax.amount) == tax
    assert Fraction(document.total_gross.amount) == whole - taken + tax


def _order_line(quantity: int) -> SalesOrderLine:
    given: dict[str, Any] = {"kind": "product", "quantity": Decimal(quantity)}
    return SalesOrderLine(**given)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.sampled_from(("deliver", "invoice", "cancel")), st.integers(0, 3), st.integers(1, 9)
        ),
        max_size=20,
    ),
)
def test_states_are_what_the_lines_say_whatever_was_done(
    quantities: list[int], steps: list[tuple[str, int, int]]
) -> None:
    made: dict[str, Any] = {"status": "confirmed"}
    order = SalesOrder(**made)
    lines = [_order_line(one) for one in quantities]
    for what, at, many in steps:
        line = lines[at % len(lines)]
        if what == "cancel":
            line.cancelled += line.due - max(line.delivered, line.invoiced)
        else:
            name = "delivered" if what == "deliver" else "invoiced"
            done = getattr(line, name)
            setattr(line, name, min(done + many, line.due))
        follow(order, lines)
        for one in lines:
            assert 0 <= one.delivered <= one.due <= one.quantity
            assert 0 <= one.invoiced <= one.due
        due = sum(one.due for one in lines)
        out, billed = sum(one.delivered for one in lines), sum(one.invoiced for one in lines)
        assert (order.delivery_status == "full") == (out == due > 0)
        assert (order.delivery_status == "none") == (out == 0)
        assert (order.invoice_status == "full") == (billed == due > 0)
        if order.delivery_status == "full":
            assert order.status == ("invoiced" if billed == due else "delivered")
        else:
            assert order.status == ("in_progress" if out or billed else "confirmed")
