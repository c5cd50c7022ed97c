"""Licence: what there is, what a refused write lacks, and how an organisation gets it.

Who is not signed in sees only what the address itself says.
"""

import re
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from eyeot.declare import ids
from eyeot.declare.licence import SOLD
from eyeot.declare.problem import Problem
from eyeot.surface.console.words import moment
from eyeot.surface.pages import Page, Visit
from eyeot.surface.pages.language import Language
from eyeot.surface.pages.refusals import said
from eyeot.surface.pages.rights import module_label

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
_LARGEST = 64 * 1024
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
    """What is missing and how to get it; for who is signed in, what there is and where to install another."""
    return await _page(visit)


async def _page(visit: Visit, wrong: str | None = None) -> Response:
    standing = await visit.call("core.licence.check") if visit.may("core.licence.check") else None
    until = standing.get("valid_until") if standing else None
    return visit.page(
        "licence.html",
        status=422 if wrong else 200,
        standing=standing,
        plan_name=_PLANS[visit.language].get(standing["plan"], "") if standing else "",
        state_name=_STATES[visit.language].get(standing["state"], "") if standing else "",
        until=moment(visit, until) if until else "",
        labels=[_label(visit, one) for one in standing["modules"]] if standing else [],
        may_install=visit.may("core.licence.activate"),
        id=ids.encode("org", visit.caller.org_id) if visit.caller else "",
        wrong=wrong,
        done=visit.request.query_params.get("done", "") == "installed",
        **told(visit.request.query_params, visit.language),
    )


def _label(visit: Visit, module: str) -> str:
    if module == "*":
        return visit.say("every module", "tous les modules")
    return module_label(visit.engine.installed, module, visit.language)


async def install(visit: Visit) -> Response:
    """Install the licence that was pasted in or chosen as a file."""
    text = visit.given("key")
    file = visit.form.get("file")
    if not text and isinstance(file, UploadFile):
        text = (await file.read(_LARGEST)).decode("ascii", "replace")
    try:
        await visit.call("core.licence.activate", key=text)
    except Problem as refused:
        return await _page(visit, said(visit, refused))
    return visit.go(PATH, done="installed")


async def renew(visit: Visit) -> Response:
    """Prepare the request that goes to the vendor, and hand it out."""
    seats = visit.given("seats")
    try:
        made = await visit.call(
            "core.licence.request_renewal", seats=int(seats) if seats.isdecimal() else 0
        )
    except Problem as refused:
        return await _page(visit, said(visit, refused))
    return visit.go(f"/console/documents/{made['document_id']}")


PAGES = (
    Page(path=PATH, show=show, open_to="anyone"),
    Page(path=f"{PATH}/install", take=install),
    Page(path=f"{PATH}/request", take=renew),
)
