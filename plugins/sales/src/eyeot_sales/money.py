"""Money: the arithmetic that prices share, rounded half up to what a currency has."""

from decimal import ROUND_HALF_UP, Decimal

from eyeot import Money

HUNDRED = Decimal(100)


def trimmed(money: Money) -> Money:
    """Money as it is told: the database keeps four decimals, whatever the currency has."""
    return money.times(Decimal(1))


def less(money: Money, percent: Decimal) -> Money:
    """Money after a discount in percent."""
    return money.times(1 - percent / HUNDRED)


def stepped(money: Money, step: Decimal | None) -> Money:
    """Money rounded half up to a step, such as 0.05."""
    if not step:
        return money
    amount = (money.amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    return Money(amount=amount, currency=money.currency)


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part of a whole in percent, to two decimals; None of nothing."""
    if not whole:
        return None
    return (part / whole * HUNDRED).quantize(Decimal("0.01"), ROUND_HALF_UP)
