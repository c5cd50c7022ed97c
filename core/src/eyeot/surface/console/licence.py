"""Licence: what a refused write lacks, and how an organisation gets it; only what the address itself says."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from eyeot.declare.licence import SOLD
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.language import Language

PATH = "/console/licence"
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"\d{1,7}")
_PLANS = {
    "fr": {"individual": "individuelle (gratuite)", "team": "équipe", "trial": "essai"},
    "en": {"individual": "individual (free)", "team": "team", "trial": "trial"},
}
_STATES = {
    "fr": {
        "free": "gratuite",
        "trial": "en essai",
        "active": "active",
        "grace": "en période de grâce",
        "expired": "expirée",
        "untrusted": "signature non reconnue",
    },
    "en": {
        "free": "free",
        "trial": "on trial",
        "active": "active",
        "grace": "in its days of grace",
        "expired": "ended",
        "untrusted": "signature not recognised",
    },
}
_LACKS = ("licence", "seats", "module")


def told(query: Mapping[str, str], language: Language) -> dict[str, Any]:
    """What the page shows: of the query what could have come from a refusal, and nothing else."""
    slug, module = query.get("org", ""), query.get("module", "")
    counts = {name: query.get(name, "") for name in ("used", "of")}
    known = all(_NUMBER.fullmatch(one) for one in counts.values())
    lacks = query.get("lacks", "")
    return {
        "org": slug if _SLUG.fullmatch(slug) else "",
        "module": module if module in SOLD else "",
        "plan": _PLANS[language].get(query.get("plan", ""), ""),
        "state": _STATES[language].get(query.get("state", ""), ""),
        "seats": {name: int(one) for name, one in counts.items()} if known else None,
        "lacks": lacks if lacks in _LACKS else "",
    }


async def show(visit: Visit) -> Response:
    """What is missing, and how to get it."""
    return visit.page("licence.html", **told(visit.request.query_params, visit.language))


PAGES = (Page(path=PATH, show=show, open_to="anyone"),)
