"""Sending: a letter to somebody who pays late is written, typeset, filed, mailed or printed, and noted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from eyeot import Attachment, Context, Event, Mail, RecordRef, Ref, kind
from eyeot_crm.activities import Activity
from eyeot_crm.contacts import Contact
from eyeot_crm.customers import Customer
from eyeot_crm.doing import logged
from eyeot_crm.parties import Party
from eyeot_invoicing.dunning.deciding import Chased, Letter
from eyeot_invoicing.dunning.letters import NOTICE, DunnedInvoice, DunningLetter, Kind, lifecycle
from eyeot_invoicing.dunning.papers import Shown, dunning_layout, paper_of, pay_by, shown
from eyeot_invoicing.dunning.wording import Language, language_of, rule, words
from eyeot_invoicing.ids import DunningLetterId, PartyId
from eyeot_sales.trade.amounts import money

Channel = Literal["email", "post", "registered"]
_MOST_FILES = 10


class DunningLetterSent(Event, name="invoicing.dunning_letter.sent"):
    """A reminder or a formal notice went out."""

    letter_id: DunningLetterId
    party_id: PartyId
    kind: str
    level: int
    channel: str


@dataclass(frozen=True, slots=True)
class Reached:
    """How a customer is reached: the CRM's customer, if the caller sees one, and an address that works."""

    customer: Customer | None
    address: str | None


async def reached(ctx: Context, party: Party) -> Reached:
    """The address for accounts of a party: of who pays there, or its own; none that mail came back from."""
    customer = await ctx.first(Customer, Customer.c.party_id == party.id)
    c = Contact.c
    people = []
    if customer is not None:
        where = (c.customer_id == customer.id, c.left_on.is_(None), c.email.is_not(None))
        people = await ctx.find(Contact, *where, order=c.id, limit=200)
    bad = {one.email for one in people if one.email_status == "bounced"}
    payers = [one.email for one in people if one.role_in_purchase == "payer" and one.email]
    known = [one for one in [*payers, *(party.emails or [])] if one not in bad]
    return Reached(customer, next(iter(known), None))


def channel_of(ctx: Context, wanted: str, address: str | None) -> Channel:
    """How a letter goes out: by mail where there is an address and a mail server, else printed and posted."""
    if wanted == "email" and address and ctx.outside.sends_mail:
        return "email"
    return "registered" if wanted == "registered" else "post"


async def propose(ctx: Context, due: Letter) -> DunningLetter:
    """Write a reminder that is due, without sending it."""
    how = await reached(ctx, due.party)
    told = due.rule
    letter = DunningLetter(
        party_id=due.party.id,
        policy_id=due.policy.id if due.policy else None,
        level=due.level,
        subject="",
        template=told.get("template", "courteous"),
        fee=told.get("fee", "none"),
        channel=channel_of(ctx, told.get("channel", "email"), how.address),
        pay_by=pay_by("reminder", ctx.today) if told.get("template") != "courteous" else None,
        **_head(ctx, due),
    )
    return await drafted(ctx, letter, due.rows, how)


def _head(ctx: Context, due: Letter) -> dict[str, Any]:
    return {
        "language": language_of(due.party),
        "written_on": ctx.today,
        "amount": money(due.amount, due.currency),
        "penalties": money(due.penalties, due.currency),
        "indemnities": money(due.indemnities, due.currency),
        "fees": money(due.penalties + due.indemnities, due.currency),
    }


async def notice(ctx: Context, due: Letter, until: date) -> DunningLetter:
    """Write a formal notice, which goes out registered."""
    letter = DunningLetter(
        party_id=due.party.id,
        policy_id=due.policy.id if due.policy else None,
        kind="formal_notice",
        subject="",
        template="formal",
        fee="claim",
        channel="registered",
        pay_by=until,
        **_head(ctx, due),
    )
    return await drafted(ctx, letter, due.rows, await reached(ctx, due.party))


async def drafted(
    ctx: Context, letter: DunningLetter, rows: Sequence[Chased], how: Reached
) -> DunningLetter:
    """Add a letter with its invoices; the database refuses a level that one of them reached before."""
    letter.recipient = how.address
    await ctx.add(letter)
    for at, one in enumerate(rows, start=1):
        currency = one.invoice.currency
        await ctx.add(
            DunnedInvoice(
                letter_id=letter.id,
                position=at,
                invoice_id=one.invoice.id,
                step=one.step,
                number=one.invoice.number,
                issued_on=one.invoice.issue_date,
                due_on=one.late.due_on,
                days_late=one.late.days,
                gross=one.invoice.total_gross,
                amount=one.amount,
                penalties=money(one.penalty, currency),
                indemnity=money(one.indemnity, currency),
            )
        )
    letter.subject = (await shown(ctx, letter)).filled("subject")[:200]
    await ctx.save(letter)
    return letter


async def send(ctx: Context, letter: DunningLetter) -> DunningLetter:
    """Typeset, file and send a letter, and note it on the customer; its state comes last."""
    lifecycle.check(letter, "send")
    one = await shown(ctx, letter)
    document = await _filed(ctx, one)
    letter.document_id = document.id
    how = await reached(ctx, one.party)
    letter.recipient = how.address
    if letter.channel == "email" and how.address is None:
        letter.channel = "post"
    if letter.channel == "email" or (letter.channel == "registered" and _mails(ctx, how)):
        await _mail(ctx, one, document)
    await _note(ctx, one, how.customer)
    letter.sent_at = ctx.now
    lifecycle.take(letter, "send")
    told = {"letter_id": letter.id, "party_id": letter.party_id, "kind": letter.kind}
    ctx.emit(
        DunningLetterSent.model_validate({**told, "level": letter.level, "channel": letter.channel})
    )
    return letter


def _mails(ctx: Context, how: Reached) -> bool:
    return how.address is not None and ctx.outside.sends_mail


def places_of(letter: DunningLetter) -> list[RecordRef]:
    """Where a letter is found: on itself and on the party."""
    own = RecordRef.to(letter.meta.name, letter.id)
    return [own, RecordRef.to("crm.party", letter.party_id)]


async def _filed(ctx: Context, one: Shown) -> Any:
    """The letter as PDF; a formal notice is locked, since it proves from when interest runs."""
    letter = one.letter
    content = await ctx.typeset(dunning_layout, await paper_of(ctx, one), language=letter.language)
    word: dict[Kind, str] = {
        "reminder": f"relance-{letter.level}",
        "formal_notice": "mise-en-demeure",
    }
    first = (one.rows[0].number or "").replace("/", "-")
    name = f"{word[letter.kind]}-{first}-{letter.written_on}.pdf"
    return await filed(ctx, content, name, places_of(letter), proves=letter.kind == "formal_notice")


async def filed(
    ctx: Context, content: bytes, name: str, places: Sequence[RecordRef], *, proves: bool = False
) -> Any:
    """Keep a letter as a document; what proves something is locked for as long as it may be asked for."""
    document: Any = kind("core.document")
    more: dict[str, Any] = {}
    if proves:
        told = rule("formal_notice", ctx.today)
        until = date(ctx.today.year + (told.years or 0), 12, 31)
        more = {"status": "locked", "retention_until": until, "retention_basis": told.article}
    return await document.filed(ctx, content, name, kind="letter", records=[*places], **more)


async def _mail(ctx: Context, one: Shown, document: Any) -> None:
    # A reminder of what a contract owes is no prospecting: it needs no consent of crm.consent, and who took
    # theirs back for marketing is written to all the same (GDPR, art. 6(1)(b); CPCE, art. L34-5).
    letter, said = one.letter, one.said
    assert letter.recipient
    body = [said["mail_greeting"], one.filled("mail"), said["mail_regards"]]
    await ctx.mail(
        Mail(
            to=letter.recipient,
            name=one.party.name,
            subject=letter.subject,
            text="\n\n".join(body),
            language=letter.language,
            reply_to=await own_address(ctx),
            record=RecordRef.to(letter.meta.name, letter.id),
            attachments=(attached(document), *await _copies(ctx, one)),
        )
    )


def attached(document: Any) -> Attachment:
    """A document as it goes with a mail."""
    return Attachment(filename=document.filename, mime=document.mime, digest=document.sha256)


async def _copies(ctx: Context, one: Shown) -> list[Attachment]:
    """The invoices themselves, as far as they were made as PDF."""
    found = await pieces(ctx, [row.invoice_id for row in one.rows])
    return [attached(document) for document in found[:_MOST_FILES]]


async def pieces(ctx: Context, ids: Sequence[UUID]) -> list[Any]:
    """The PDFs of invoices that were filed and locked."""
    record: Any = kind("invoicing.invoice")
    invoices = await ctx.find(record, record.c.id.in_(ids), order=record.c.number)
    found: list[Any] = await ctx.attached(invoices)
    return [
        one
        for one in found
        if one.kind == "invoice" and one.mime == "application/pdf" and one.status == "locked"
    ]


async def own_address(ctx: Context) -> str | None:
    """The address of whoever it is sent for, where answers go."""
    if ctx.user_id is None or not ctx.offers("core.user.get"):
        return None
    me = await ctx.call("core.user.get", {"id": Ref("core.user").write(ctx.user_id)})
    return str(me["email"]) if me.get("email") else None


async def _note(ctx: Context, one: Shown, customer: Customer | None) -> None:
    """Log the letter on the customer; what is on paper is somebody's task to post."""
    letter = one.letter
    about = RecordRef.to(
        *(("crm.customer", customer.id) if customer else ("crm.party", one.party.id))
    )
    known: dict[str, Any] = {
        "record": about,
        "customer_id": customer.id if customer else None,
        "assignee_id": ctx.user_id,
        "direction": "out",
    }
    await logged(
        ctx,
        Activity(
            kind="email" if letter.channel == "email" else "task",
            subject=letter.subject,
            outcome="done",
            result=one.filled("mail")[:5_000],
            **known,
        ),
    )
    if letter.channel != "email":
        subject = _posting(letter, words(_own_language(ctx)))
        await ctx.add(Activity(kind="task", subject=subject, due_at=ctx.now, **known))


def _own_language(ctx: Context) -> Language:
    return "fr" if ctx.locale.startswith("fr") else "en"


def _posting(letter: DunningLetter, said: dict[str, Any]) -> str:
    return str(said[f"to_{letter.channel}"]).format(subject=letter.subject)[:200]


def rows_of_notice(rows: Sequence[Chased]) -> list[Chased]:
    """The rows of a formal notice: each invoice gets one, and one only."""
    return [Chased(r.invoice, r.late, NOTICE, r.penalty, r.indemnity) for r in rows]
