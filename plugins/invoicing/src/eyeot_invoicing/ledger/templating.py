"""Templating: entries written from models, as drafts."""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from eyeot import Conflict, Context, Exact, Input, action, invalid
from eyeot_crm.parties import Party
from eyeot_invoicing.ids import PartyId
from eyeot_invoicing.ledger.accounts import Accounts
from eyeot_invoicing.ledger.entries import ZERO, EntryLine, JournalEntry
from eyeot_invoicing.ledger.journals import JournalKind, journal_of

_TERM = re.compile(r"([+-]?)\s*([a-z_]+)")


class TemplateLine(BaseModel):
    """A line of a model: an account, and what is debited or credited."""

    model_config = ConfigDict(extra="forbid")

    account: str
    debit: str = ""
    credit: str = ""
    party: bool = False
    """Whether the entry's party is named on it."""


class Template(BaseModel):
    """A model of an entry."""

    model_config = ConfigDict(extra="forbid")

    code: str
    journal: JournalKind
    fr: str
    en: str
    label: str
    variables: list[str]
    optional: list[str] = []
    lines: list[TemplateLine]


@cache
def templates() -> dict[str, Template]:
    """The models, by code."""
    text = files("eyeot_invoicing.ledger").joinpath("templates.toml").read_text("utf-8")
    found = [Template.model_validate(one) for one in tomllib.loads(text)["template"]]
    return {one.code: one for one in found}


def worth(expression: str, given: Mapping[str, Decimal]) -> Decimal:
    """What a sum of variables comes to: `gross - employee_contributions`."""
    found = ZERO
    for sign, name in _TERM.findall(expression):
        found += -given[name] if sign == "-" else given[name]
    return found


class FromTemplate(Input):
    """A model and what goes into it."""

    template: Annotated[str, Field(description="; ".join(sorted(templates())))]
    variables: Annotated[
        dict[str, Exact], Field(description="Amounts by name, as the model wants them.")
    ]
    date: Annotated[dt.date | None, Field(description="Today when left out.")] = None
    label: Annotated[str | None, Field(max_length=200)] = None
    piece_ref: Annotated[str | None, Field(max_length=100)] = None
    party_id: PartyId | None = None


@action(
    "invoicing.journal_entry.create_from_template",
    risk="w",
    en=(
        "Create an entry from a template; book the rent; book a loan instalment; write the payroll "
        "entry; use an entry model"
    ),
    fr=(
        "Créer une écriture depuis un modèle; passer le loyer; comptabiliser une échéance d'emprunt; "
        "passer les salaires; utiliser un guide de saisie"
    ),
    example={
        "template": "loan_instalment",
        "variables": {"capital": "812.40", "interest": "96.15", "insurance": "12.00"},
        "piece_ref": "PRET-11",
    },
    record=JournalEntry,
    next=("invoicing.journal_entry.validate", "invoicing.journal_entry.update"),
)
async def create_from_template(ctx: Context, data: FromTemplate) -> JournalEntry:
    """Write a draft entry from a model: rent, loan instalment, payroll, depreciation and others."""
    model = templates().get(data.template)
    if model is None:
        raise invalid("template", f"known: {', '.join(sorted(templates()))}")
    if data.party_id:
        await ctx.get(Party, data.party_id)
    given = _given(model, data.variables)
    journal = await journal_of(ctx, model.journal)
    on = data.date or ctx.today
    entry = await ctx.add(
        JournalEntry(
            journal_id=journal.id,
            date=on,
            label=data.label or model.label.replace("{date}", f"{on:%m/%Y}"),
            piece_ref=data.piece_ref,
            piece_date=on,
        )
    )
    await _lines(ctx, entry, model, given, data)
    return entry


def _given(model: Template, told: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The variables of a model, those that may be left out as 0."""
    needed = [one for one in model.variables if one not in model.optional and one not in told]
    if unknown := sorted(told.keys() - set(model.variables)):
        raise invalid("variables", f"unknown: {', '.join(unknown)}; {_wanted(model)}")
    if needed:
        raise invalid("variables", f"missing: {', '.join(needed)}; {_wanted(model)}")
    if wrong := [name for name, amount in told.items() if amount != round(amount, 2) or amount < 0]:
        raise invalid("variables", f"{wrong[0]} is an amount of 0 or more with 2 decimals at most")
    return {name: told.get(name, ZERO) for name in model.variables}


def _wanted(model: Template) -> str:
    told = (f"{one} (may be left out)" if one in model.optional else one for one in model.variables)
    return f"'{model.code}' takes {', '.join(told)}"


async def _lines(
    ctx: Context,
    entry: JournalEntry,
    model: Template,
    given: Mapping[str, Decimal],
    data: FromTemplate,
) -> None:
    accounts = Accounts(ctx)
    position = 0
    for one in model.lines:
        amount: Any = worth(one.debit or one.credit, given)
        if amount < 0:
            raise Conflict(
                reason=f"'{one.debit or one.credit}' comes to {amount:f}, which is below 0.",
                remedy="Check the amounts: what is kept back cannot be more than the whole.",
                field="variables",
            )
        if not amount:
            continue
        position += 1
        account = await accounts.code(one.account)
        await ctx.add(
            EntryLine(
                entry_id=entry.id,
                position=position,
                account_id=account.id,
                party_id=data.party_id if one.party else None,
                debit=amount if one.debit else ZERO,
                credit=amount if one.credit else ZERO,
            )
        )
