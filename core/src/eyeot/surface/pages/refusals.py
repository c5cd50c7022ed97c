"""Refusals: what a person is told when something is refused, in words of theirs."""

from markupsafe import Markup
from starlette.responses import Response

from eyeot.declare.problem import Problem
from eyeot.surface.pages import reasons
from eyeot.surface.pages.visit import Visit

_SAID = {
    "not_found": (
        "This does not exist here, or is not yours to see.",
        "Cela n'existe pas ici, ou ne vous est pas accessible.",
    ),
    "permission_denied": (
        "Your roles do not allow this. An administrator of your organisation can change them.",
        "Vos rôles ne le permettent pas. Un administrateur de votre organisation peut les changer.",
    ),
    "license_required": (
        "The licence of your organisation does not cover this change.",
        "La licence de votre organisation ne couvre pas cette modification.",
    ),
    "version_conflict": (
        "Somebody changed this in the meantime. Open it again, and repeat your change.",
        "Quelqu'un l'a modifié entre-temps. Rouvrez la page et refaites votre modification.",
    ),
    "rate_limited": (
        "Too many requests. Wait a moment, then try again.",
        "Trop de demandes. Patientez un instant, puis réessayez.",
    ),
    "unavailable": (
        "The service does not answer for the moment. Nothing was changed; try again in a minute.",
        "Le service ne répond pas pour le moment. Rien n'a été modifié ; réessayez dans une minute.",
    ),
    "internal": (
        "Something went wrong on our side. Nothing was changed.",
        "Une erreur s'est produite de notre côté. Rien n'a été modifié.",
    ),
    "unauthenticated": (
        "You are not signed in any more. Sign in again; nothing was changed.",
        "Vous n'êtes plus connecté. Reconnectez-vous ; rien n'a été modifié.",
    ),
    "operator_required": (
        "Only whoever operates this server can do this, on its command line.",
        "Seul l'exploitant de ce serveur peut le faire, en ligne de commande.",
    ),
    "module_disabled": (
        "This module is switched off. An administrator switches it on under “Modules”.",
        "Ce module est désactivé. Un administrateur le remet en service dans « Modules ».",
    ),
    "module_not_installed": (
        "This module is not installed. Whoever operates this server can install it.",
        "Ce module n'est pas installé. L'exploitant de ce serveur peut l'installer.",
    ),
    "provider_unavailable": (
        "A service outside does not answer for the moment. Nothing was changed; try again in a minute.",
        "Un service extérieur ne répond pas pour le moment. Rien n'a été modifié ; réessayez bientôt.",
    ),
    "busy": (
        "Somebody is working on the same thing. Try again in a few seconds.",
        "Quelqu'un travaille au même endroit. Réessayez dans quelques secondes.",
    ),
}
"""Refusals that are told alike whatever they are about: English, French."""
_FRENCH = {
    "invalid": "Certaines saisies sont à corriger.",
    "conflict": "Cela contredit ce qui existe déjà. Vérifiez, puis décidez de ce qui doit rester.",
    "state_refused": (
        "L'état actuel ne permet pas cette étape. Rouvrez la page pour voir ce qui est possible."
    ),
    "human_required": "Seule une personne connectée à la console peut le faire.",
    "insufficient_scope": (
        "L'application n'a pas reçu ce droit. Reconnectez-la en le cochant sur la page d'autorisation."
    ),
    "provider_not_configured": (
        "Ce serveur n'est pas réglé pour cela. Demandez à son exploitant de le compléter."
    ),
    "plan_stale": "Ce qui avait été montré n'est plus à jour. Demandez un nouvel aperçu.",
    "idempotency_conflict": "Cette demande a déjà servi pour autre chose. Rouvrez la page.",
    "idempotency_in_progress": "La même demande est déjà en cours. Patientez quelques secondes.",
    "unread_identifier": "La page n'est plus à jour. Rouvrez-la, puis recommencez.",
    "call_refused": "Une des opérations a été refusée ; rien n'a été modifié.",
    "access_denied": "L'accès a été refusé.",
}
"""Refusals whose English is made for the case; what of it has no words in French stands below."""
_OTHER = "Cela a été refusé. Rien n'a été modifié."
_UNREAD = {
    400: (
        "This cannot be read. Go back, open the page again and repeat what you did.",
        "Cela n'a pas pu être lu. Revenez en arrière, rouvrez la page et recommencez.",
    ),
    405: (
        "This address is opened in another way. Begin at the start page.",
        "Cette adresse s'ouvre autrement. Repartez de l'accueil.",
    ),
    413: (
        "This is too large: a form takes 1 MB at most. Send less of it.",
        "C'est trop volumineux : un formulaire accepte 1 Mo au plus. Envoyez-en moins.",
    ),
    414: (
        "This address is too long to be opened. If an app sent you here, it asks for too much at once.",
        "Cette adresse est trop longue. Si une application vous envoie ici, elle en demande trop à la fois.",
    ),
}


def said(visit: Visit, refused: Problem) -> str:
    """A refusal as a sentence for the reader; what cannot be said in French stands below it in English."""
    plain, detail = _told(visit, refused)
    if not detail:
        return plain
    return Markup('{}<br><span class="note" lang="en">{}</span>').format(plain, detail)


def _told(visit: Visit, refused: Problem) -> tuple[str, str]:
    """The sentence, and what it leaves out."""
    message: str = refused.body()["message"]
    if known := _SAID.get(refused.code):
        return visit.say(*known), ""
    if visit.language == "en":
        return message, ""
    if refused.code == "invalid":
        fields, whole = reasons.of_fields(getattr(refused, "errors", ()))
        told = f"{_FRENCH['invalid']} {fields[:1].upper()}{fields[1:]}".strip()
        return told, "" if whole else message.partition(": ")[2]
    if refused.code == "conflict" and (exact := reasons.of_conflict(message)):
        return exact, ""
    return _FRENCH.get(refused.code, _OTHER), message


def page(visit: Visit, refused: Problem) -> Response:
    """A page that tells of a refusal."""
    body = refused.body()
    plain, detail = _told(visit, refused)
    # Who reads English is told exactly what it was, too.
    if visit.language == "en" and refused.code in _SAID:
        detail = body["message"]
    return visit.page(
        "refused.html",
        status=refused.status,
        said=plain,
        detail=detail,
        trace=body.get("trace_id"),
        activate_url=body.get("activate_url"),
    )


def unread(visit: Visit, status: int) -> Response:
    """A page for a request that cannot be answered as it was meant."""
    told = visit.say(*_UNREAD[status])
    return visit.page(
        "refused.html", status=status, said=told, detail="", trace=None, activate_url=None
    )
