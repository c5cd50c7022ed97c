"""Paying: what papers say of how they are paid: to which account, and what to quote."""

from typing import Any

from eyeot_invoicing.documents.wording import Words

_SPACE = "\N{NO-BREAK SPACE}"


def transfer(said: Words, account: Any, holder: str | None, reference: str) -> list[dict[str, str]]:
    """The account that is paid to (its `iban` and `bic`), if there is one, and the reference."""
    iban = account.iban if account else None
    told = [
        ("holder", holder if iban else ""),
        ("IBAN", grouped(iban, 4) if iban else ""),
        ("BIC", (account.bic or "") if iban else ""),
        ("to_quote", reference),
    ]
    return facts(said, told)


def facts(said: Words, told: list[tuple[str, str | None]]) -> list[dict[str, str]]:
    """What is known of these, each with its label."""
    return [{"label": said.get(name, name), "value": value} for name, value in told if value]


def grouped(digits: str, size: int) -> str:
    """Digits in groups that stay together."""
    return _SPACE.join(digits[at : at + size] for at in range(0, len(digits), size))
