"""Readiness: what a first legal invoice needs of invoicing."""

from collections.abc import Sequence
from typing import Any

from eyeot import Context, Point, kind, readiness
from eyeot_invoicing.bank.accounts import BankAccount
from eyeot_invoicing.invoices.mentions import MENTIONS, of_seller
from eyeot_invoicing.invoices.posting import SERIES
from eyeot_invoicing.late.rates import RATES
from eyeot_invoicing.law.texts import LegalText
from eyeot_invoicing.ledger.accounts import LedgerAccount
from eyeot_invoicing.ledger.journals import Journal
from eyeot_invoicing.ledger.periods import FiscalPeriod
from eyeot_invoicing.payments.terms import PaymentTerm
from eyeot_invoicing.platforms.choosing import usual

_ROLES = ("receivable", "sales_goods", "sales_services", "vat_collected", "bank")
_PENALTIES = "L441-10"


@readiness("invoicing.mentions")
async def mentions(ctx: Context) -> list[Point]:
    """What posting will want every invoice to say of us."""
    return [
        Point(row.code, (row.en, row.fr), done, row.fix, row.article)
        for row, done in await of_seller(ctx)
    ]


@readiness("invoicing.books")
async def books(ctx: Context) -> list[Point]:
    """A series, a chart, a journal and an open period: without them nothing is posted."""
    a, j, p = LedgerAccount.c, Journal.c, FiscalPeriod.c
    series: Any = kind("core.sequence")
    own = await ctx.first(series, series.c.code == SERIES, series.c.status == "active")
    accounts = await ctx.find(LedgerAccount, a.role.in_(_ROLES), a.archived_at.is_(None))
    lacking = sorted(set(_ROLES) - {one.role for one in accounts})
    listed = f" ({', '.join(lacking)})" if lacking else ""
    sold = await ctx.first(Journal, j.kind == "sales", j.status == "active")
    today = (p.month.is_not(None), p.start <= ctx.today, p.end >= ctx.today)
    month = await ctx.first(FiscalPeriod, *today)
    return [
        Point("invoicing.series", ("Number series of invoices", "Série de numéros des factures"),
              bool(own and own.gapless), f"core.sequence.create(code={SERIES}, gapless=true)",
              "CGI ann. II, art. 242 nonies A, I-7°"),
        Point("invoicing.chart", (f"Accounts that invoices are booked on{listed}",
                                  f"Comptes de comptabilisation des factures{listed}"),
              not lacking, "invoicing.ledger_account.update(role=…)"),
        Point("invoicing.journal", ("A sales journal", "Un journal des ventes"), sold is not None,
              "invoicing.journal.create(kind=sales)"),
        Point("invoicing.period", ("An accounting period that is open today",
                                   "Une période comptable ouverte à ce jour"),
              month is None or month.status != "closed", "invoicing.fiscal_period.list(status=open)"),
    ]  # fmt: skip


@readiness("invoicing.payment")
async def payment(ctx: Context) -> list[Point]:
    """How and when we are paid, and what late payment costs."""
    b, t, x = BankAccount.c, PaymentTerm.c, LegalText.c
    account = await ctx.first(BankAccount, b.iban.is_not(None), b.archived_at.is_(None))
    term = await ctx.first(PaymentTerm, t.is_default.is_(True), t.archived_at.is_(None))
    texts: Sequence[LegalText] = await ctx.find(LegalText, x.article.contains(_PENALTIES))
    said = any(one.valid_from <= ctx.today <= (one.valid_to or ctx.today) for one in texts)
    return [
        Point("invoicing.bank_account", ("Bank account to be paid on", "Compte bancaire d'encaissement"),
              account is not None, "invoicing.bank_account.create(iban=…)", blocks=False),
        Point("invoicing.payment_term", ("Usual terms of payment", "Conditions de paiement par défaut"),
              term is not None, "invoicing.payment_term.update(is_default=true)",
              "Code de commerce, art. L441-10, I", blocks=False),
        Point("invoicing.penalties", ("Late penalties and the indemnity of 40 € are mentioned",
                                      "Mention des pénalités de retard et de l'indemnité de 40 €"),
              said and bool(RATES.on(ctx.today)), "invoicing.legal_text.list(code=late_penalty)",
              "Code de commerce, art. L441-9, I"),
    ]  # fmt: skip


@readiness("invoicing.e_invoicing")
async def e_invoicing(ctx: Context) -> list[Point]:
    """An approved platform: everybody receives by one, and those whose turn it is send by it."""
    house: Any = await ctx.organization()
    connection = await usual(ctx)
    real = connection is not None and connection.environment == "prod"
    done = real and connection is not None and connection.status in ("tested", "active")
    reform = next(one for one in MENTIONS.rows if one.small_from and one.code == "buyer.siren")
    return [
        Point(
            "invoicing.platform",
            ("Connection to an approved e-invoicing platform", "Connexion à une plateforme agréée"),
            done,
            "invoicing.pa_connection.create(environment=prod), then invoicing.pa_connection.test",
            "CGI, art. 289 bis",
            blocks=reform.due(house.size_class, ctx.today),
        )
    ]
