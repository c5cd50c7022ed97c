"""Wording: amounts and days as a customer reads them."""

from datetime import date

from eyeot import Money
from eyeot_sales.papers.paper import Language


def amount(money: Money | None, language: Language) -> str:
    """An amount as it is read in a language; empty where there is none."""
    if money is None:
        return ""
    told = f"{money.amount:,.2f}"
    if language == "fr":
        # A narrow space parts thousands, and none of the signs breaks off the line.
        told = told.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")
    return f"{told}\N{NO-BREAK SPACE}{'€' if money.currency == 'EUR' else money.currency}"


def day(on: date | None, language: Language) -> str:
    """A day as it is read in a language; empty where there is none."""
    if on is None:
        return ""
    return f"{on:%d/%m/%Y}" if language == "fr" else on.isoformat()
