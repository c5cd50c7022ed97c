"""Refusals: what a person is told when something is refused, in words of theirs."""

from starlette.responses import Response

from eyeot.declare.problem import Problem
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
}


def said(visit: Visit, refused: Problem) -> str:
    """A refusal as a sentence for the reader; what only its own words tell stays as it is."""
    known = _SAID.get(refused.code)
    return visit.say(*known) if known else refused.body()["message"]


def page(visit: Visit, refused: Problem) -> Response:
    """A page that tells of a refusal."""
    body = refused.body()
    return visit.page(
        "refused.html",
        status=refused.status,
        said=said(visit, refused),
        detail=body["message"],
        trace=body.get("trace_id"),
        activate_url=body.get("activate_url"),
    )
