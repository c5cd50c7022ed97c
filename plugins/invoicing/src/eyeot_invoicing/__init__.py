"""Invoicing: invoices, payments, bank, accounts and VAT, in French law."""

from eyeot import Plugin
from eyeot_invoicing import agreements, invariants, numbering
from eyeot_invoicing.bank import contents as bank
from eyeot_invoicing.closing import contents as closing
from eyeot_invoicing.credit import contents as credit
from eyeot_invoicing.demo.load import load, start
from eyeot_invoicing.documents import contents as documents
from eyeot_invoicing.dunning import contents as dunning
from eyeot_invoicing.einvoices import contents as einvoices
from eyeot_invoicing.fec import contents as fec
from eyeot_invoicing.invoices import contents as invoices
from eyeot_invoicing.late import contents as late
from eyeot_invoicing.law import contents as law
from eyeot_invoicing.ledger import contents as ledger
from eyeot_invoicing.obligations import contents as obligations
from eyeot_invoicing.online import contents as online
from eyeot_invoicing.payments import contents as payments
from eyeot_invoicing.platforms import contents as platforms
from eyeot_invoicing.purchases import contents as purchases
from eyeot_invoicing.reading import BOOKS
from eyeot_invoicing.reports import contents as reports
from eyeot_invoicing.seals import contents as seals
from eyeot_invoicing.vat import contents as vat

__all__ = ["plugin"]

_BOOKS_READ = {"invoicing:read": "organisation", BOOKS: "organisation"}
_ALL = {**_BOOKS_READ, "invoicing:write": "organisation"}
_POST = {
    f"invoicing.{name}": "organisation"
    for name in (
        "bank_statement:lock",
        "bank_statement:undo_import",
        "credit_note:delete",
        "credit_note:post",
        "credit_note:refund",
        "dunning_letter:hand_to_collection",
        "invoice:delete",
        "invoice:invoice_late_fees",
        "invoice:post",
        "invoice:register_payment",
        "invoice:write_off",
        "payment:bounce",
        "payment:post",
        "payment:refund",
        "reconciliation_rule:delete",
        "supplier_invoice:approve",
        "supplier_invoice:approve_partially",
        "supplier_invoice:delete",
        "supplier_invoice:import",
        "supplier_invoice:post",
        "supplier_invoice:refuse",
        "vat_return:delete",
        "vat_return:validate",
    )
}
_BOOKS = {
    f"invoicing.{name}": "organisation"
    for name in (
        "fec_export:generate",
        "fiscal_period:close_year",
        "fiscal_seal:archive_period",
        "fiscal_seal:close_day",
        "fiscal_seal:close_month",
        "fiscal_seal:close_year",
        "journal_entry:delete",
        "journal_entry:import",
        "journal_entry:reverse",
        "journal_entry:validate",
        "ledger_account:delete",
        "ledger_account:import",
    )
}
_CONNECT = {
    "invoicing.pa_connection:manage": "organisation",
    "invoicing.payment_method:connect": "organisation",
}
_READ = {"invoicing:read": "organisation"}

plugin = Plugin(
    name="invoicing",
    doc="Invoices, payments, bank, accounts and VAT.",
    label=("Invoices and accounting", "Factures et comptabilité"),
    about=("invoices, payments, bank, VAT, accounts", "factures, règlements, banque, TVA, comptes"),
    modules=(
        numbering,
        *ledger.MODULES,
        *closing.MODULES,
        *payments.MODULES,
        *invoices.MODULES,
        *online.MODULES,
        *credit.MODULES,
        *late.MODULES,
        *bank.MODULES,
        *vat.MODULES,
        *reports.MODULES,
        *dunning.MODULES,
        *law.MODULES,
        *fec.MODULES,
        *seals.MODULES,
        *documents.MODULES,
        *platforms.MODULES,
        *einvoices.MODULES,
        *purchases.MODULES,
        *obligations.MODULES,
        invariants,
        agreements,
    ),
    roles={
        "admin": {**_ALL, **_POST, **_BOOKS, **_CONNECT},
        "accountant": {**_ALL, **_POST, **_BOOKS},
        "external_accountant": {**_ALL, **_BOOKS},
        "sales_manager": {"invoicing:read": "team"},
        "sales": {"invoicing:read": "own"},
        "auditor": _BOOKS_READ,
        "viewer": _READ,
    },
    permissions={
        BOOKS: (
            "Read the books: bank, accounts, VAT, purchases, e-invoices.",
            "Lire les comptes : banque, comptabilité, TVA, achats, factures électroniques.",
        ),
        "invoicing.pa_connection:manage": (
            "Connect platforms for e-invoices, with their credentials.",
            "Connecter des plateformes de facture électronique, avec leurs identifiants.",
        ),
        "invoicing.payment_method:connect": (
            "Connect means of payment to who takes payments online, with their keys.",
            "Connecter des moyens de paiement à qui encaisse en ligne, avec leurs clés.",
        ),
    },
    migrations="eyeot_invoicing.migrations",
    demo=load,
    demo_start=start,
)
