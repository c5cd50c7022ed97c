"""Search: what people ask for, in French and in English, finds the action that does it."""

import pytest

from core.tests.surface.mcp.company import company, everything
from eyeot.declare.access import Access, Reach
from eyeot.surface.mcp.finder import Finder

FRENCH = """
relance les clients qui n'ont pas payé | invoicing.dunning_letter.run
fais-moi un nouveau devis | sales.quote.create
je veux ajouter un client | crm.customer.create
montre-moi tous les devis en attente | sales.quote.list
combien avons-nous de tickets ouverts ? | tickets.ticket.count
qui est en vacances demain ? | hr.report.who_is_out
il me reste combien de jours de congés | hr.report.leave_balance
poser une semaine de vacances en août | hr.leave_request.submit
valide la demande de congé de Paul | hr.leave_request.approve
transforme ce devis en commande | sales.quote.convert_to_order
envoie le devis par mail au client | sales.quote.send
encaisser un chèque | invoicing.payment.record
rapprochement bancaire du mois | invoicing.bank_statement.reconcile
quels produits sont en rupture | stock.report.stockouts
que reste-t-il en stock | stock.level.list
corriger la quantité en stock | stock.adjustment.create, stock.adjustment.update, stock.level.list
passer une commande chez un fournisseur | stock.purchase_order.create
la marchandise est arrivée, réceptionner | stock.purchase_order.receive
répondre au ticket d'un client mécontent | tickets.ticket.reply
affecter un ticket à Marie | tickets.ticket.assign
clôturer les tickets résolus | tickets.ticket.close
notre chiffre d'affaires mensuel | sales.report.revenue
nos meilleurs clients | sales.report.top_customers
qui nous doit de l'argent | invoicing.report.aged_receivables
préparer la TVA du trimestre | invoicing.vat_return.compute
clôture comptable du mois d'octobre | invoicing.period.close
supprimer un prospect | crm.lead.delete
modifier le téléphone d'un contact | crm.contact.update
historique des modifications d'une facture | invoicing.invoice.history
rechercher un salarié | hr.employee.search
couper une clé d'API volée | core.api_key.revoke
inviter un nouveau collègue | core.user.invite
prendre rendez-vous avec un prospect | crm.appointment.book
affaire gagnée ! | crm.opportunity.win
y a-t-il des doublons dans les sociétés | crm.party.find_duplicates
annuler la commande du client | sales.sales_order.cancel
suspendre un abonnement | sales.subscription.pause
prévision de trésorerie à 3 mois | intelligence.forecast.cash
embaucher quelqu'un | hr.employee.hire
désarchiver un produit | sales.product.restore
comptabiliser la facture | invoicing.invoice.post
faire un avoir | invoicing.credit_note.create, invoicing.invoice.credit
"""

ENGLISH = """
chase the customers who have not paid | invoicing.dunning_letter.run
I need a new quotation | sales.quote.create
add a client | crm.customer.create
show me all open quotes | sales.quote.list
how many tickets are open? | tickets.ticket.count
who is on vacation tomorrow | hr.report.who_is_out
how many days of leave do I have left | hr.report.leave_balance
I want a week off in August | hr.leave_request.submit
approve Paul's holiday | hr.leave_request.approve
turn this quote into an order | sales.quote.convert_to_order
email the quote to the customer | sales.quote.send
we received a payment, register it | invoicing.payment.record
match the bank lines of the month | invoicing.bank_statement.reconcile
which items are out of stock | stock.report.stockouts
how much is left on hand | stock.level.list
correct a stock quantity | stock.adjustment.create, stock.adjustment.update, stock.level.list
order goods from a supplier | stock.purchase_order.create
the goods arrived, receive them | stock.purchase_order.receive
answer an angry customer's ticket | tickets.ticket.reply
give the ticket to Mary | tickets.ticket.assign, tickets.ticket.update
resolve a ticket | tickets.ticket.close
monthly revenue | sales.report.revenue
our best clients | sales.report.top_customers
who owes us money | invoicing.report.aged_receivables
prepare the quarterly VAT | invoicing.vat_return.compute
close the books for October | invoicing.period.close
delete a prospect | crm.lead.delete
change a contact's phone number | crm.contact.update
who changed this invoice | invoicing.invoice.history
find an employee | hr.employee.search
disable a stolen API key | core.api_key.revoke
invite a new colleague | core.user.invite
schedule a meeting with a lead | crm.appointment.book
we won the deal | crm.opportunity.win
are there duplicate companies | crm.party.find_duplicates
cancel the customer's order | sales.sales_order.cancel
suspend a subscription | sales.subscription.pause
will we run out of cash | intelligence.forecast.cash
hire somebody | hr.employee.hire
unarchive a product | sales.product.restore
make the invoice final | invoicing.invoice.post
issue a credit note | invoicing.credit_note.create, invoicing.invoice.credit
"""

NONSENSE = [
    "quelle est la météo à Paris",
    "write me a poem about the sea",
    "what is the capital of France",
    "joue de la musique",
    "asdf qwerty",
    "make me a sandwich",
    "raconte une blague",
    "recette de gâteau au chocolat",
]


@pytest.fixture(scope="module")
def finder() -> Finder:
    """A search over a company."""
    found = Finder(company())
    found.warm()
    return found


def ranks(finder: Finder, intents: str) -> list[int]:
    """Where the wanted action stands, for each intent; 99 when nowhere."""
    access = everything(company())
    found = []
    for line in intents.strip().splitlines():
        query, wanted = (part.strip() for part in line.split("|"))
        names = [hit.action.name for hit in finder.search(query, access, 10)]
        targets = [name.strip() for name in wanted.split(",")]
        found.append(min((names.index(n) for n in targets if n in names), default=99))
    return found


@pytest.mark.parametrize("intents", [FRENCH, ENGLISH], ids=["french", "english"])
def test_the_right_action_is_found_in_both_languages(finder: Finder, intents: str) -> None:
    found = ranks(finder, intents)

    assert sum(rank < 1 for rank in found) / len(found) >= 0.75
    assert sum(rank < 5 for rank in found) / len(found) >= 0.95


def slipped(query: str) -> str:
    """A query whose long words each lack a letter."""
    return " ".join(w if len(w) < 6 else w[:3] + w[4:] for w in query.split())


def test_slips_of_the_keyboard_are_forgiven(finder: Finder) -> None:
    lines = (line.split("|") for line in (FRENCH + ENGLISH).strip().splitlines() if "|" in line)
    found = ranks(finder, "\n".join(f"{slipped(query)} | {wanted}" for query, wanted in lines))

    assert sum(rank < 5 for rank in found) / len(found) >= 0.8


def test_accents_and_case_do_not_matter(finder: Finder) -> None:
    access = everything(company())
    names = [
        [hit.action.name for hit in finder.search(query, access, 5)]
        for query in (
            "réceptionner une commande",
            "receptionner une commande",
            "RÉCEPTIONNER UNE COMMANDE",
        )
    ]

    assert names[0] == names[1] == names[2]


@pytest.mark.parametrize("query", NONSENSE)
def test_nothing_is_found_for_what_no_erp_does(finder: Finder, query: str) -> None:
    assert finder.search(query, everything(company()), 5) == []


def test_only_what_is_allowed_is_found(finder: Finder) -> None:
    access = Access({"crm.customer.list": Reach.ORGANISATION}, {}, "one")

    assert {hit.action.name for hit in finder.search("clients", access, 20)} == {
        "crm.customer.list"
    }


def test_scores_fall_from_first_to_last(finder: Finder) -> None:
    scores = [hit.score for hit in finder.search("facture", everything(company()), 20)]

    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] <= 1
