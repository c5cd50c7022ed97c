"""Activity: what agents did, for whom, with which key or app, and what came of it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from eyeot.surface.console import words
from eyeot.surface.console.chart import chart
from eyeot.surface.console.credentials import Credential, credentials
from eyeot.surface.console.people import names_of
from eyeot.surface.pages import Page, Visit

PATH = "/console/activity"
_PERIODS = {"1": 1, "7": 7, "30": 30, "90": 90}
_USUAL = "30"
_LONGEST_DAYS = 400
_AGENTS = ["agent", "service"]
_ROWS = 25


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for, as it stands in the address."""

    period: str = _USUAL
    first: str = ""
    last: str = ""
    kind: str = ""
    actor: str = ""
    credential: str = ""
    action: str = ""
    outcome: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, visit: Visit) -> "Filters":
        """Those of a visit; what makes no sense is left out."""
        asked = visit.request.query_params
        given = {name: asked.get(name, "").strip()[:300] for name in cls.__slots__}
        chosen = cls(**{**given, "period": given["period"] or _USUAL})
        if chosen.period not in (*_PERIODS, "other"):
            chosen = replace(chosen, period=_USUAL)
        if chosen.outcome not in words.OUTCOMES:
            chosen = replace(chosen, outcome="")
        if chosen.kind not in (*words.ACTORS, "everyone"):
            chosen = replace(chosen, kind="")
        return chosen

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day asked for."""
        last = _day(self.last) if self.period == "other" else None
        last = min(last or today, today)
        if self.period == "other":
            first = _day(self.first) or last - timedelta(days=29)
            return max(min(first, last), last - timedelta(days=_LONGEST_DAYS)), last
        return last - timedelta(days=_PERIODS[self.period] - 1), last

    def asked(self, first: datetime, after: datetime) -> dict[str, Any]:
        """The same as an action's arguments."""
        told: dict[str, Any] = {"at_from": first.isoformat(), "at_to": after.isoformat()}
        if self.kind != "everyone":
            told["actor_type_in"] = [self.kind] if self.kind else _AGENTS
        if self.actor:
            told["actor_contains"] = self.actor
        if self.credential:
            told["credential_id"] = self.credential
        if self.action:
            told["action_contains"] = self.action
        if self.outcome:
            told["outcome"] = self.outcome
        return told

    def address(self, **changed: str) -> str:
        """The page with these filters."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        told = {name: value for name, value in {**kept, **changed}.items() if value}
        return f"{PATH}?{urlencode(told)}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _bounds(visit: Visit, first: date, last: date) -> tuple[datetime, datetime]:
    """A period of days as moments, by the organisation's clocks."""
    zone = ZoneInfo(visit.person.timezone)
    begins = datetime.combine(first, time(), zone).astimezone(UTC)
    ends = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    return begins, ends - timedelta(milliseconds=1)


async def show(visit: Visit) -> Response:
    """The log, its chart and its filters."""
    filters = Filters.of(visit)
    today = visit.engine.clock().astimezone(ZoneInfo(visit.person.timezone)).date()
    first, last = filters.days(today)
    asked = filters.asked(*_bounds(visit, first, last))
    known = await credentials(visit)
    page: dict[str, Any] = {"cursor": filters.cursor} if filters.cursor else {}
    found = await visit.call("core.audit_event.list", limit=_ROWS, **asked, **page)
    by = await visit.call(
        "core.audit_event.aggregate", by=["at:day", "outcome"], limit=1000, **asked
    )
    counts = [
        (date.fromisoformat(one["by"]["at:day"]), one["by"]["outcome"], one["count"])
        for one in by["groups"]
    ]
    people = await names_of(visit, {one["user_id"] for one in found["items"] if one.get("user_id")})
    return visit.page(
        "activity.html",
        filters=filters,
        first=first,
        last=last,
        drawn=chart(first, last, counts),
        sums=_sums(counts),
        rows=[_row(visit, one, known, people) for one in found["items"]],
        older=filters.address(cursor=found["next_cursor"]) if found.get("has_more") else None,
        credentials=known.values(),
        words=words,
        may_export=visit.may("core.audit_event.export"),
    )


def _sums(counts: list[tuple[date, str, int]]) -> dict[str, int]:
    def of(*outcomes: str) -> int:
        return sum(number for _, outcome, number in counts if outcome in outcomes)

    return {
        "all": sum(number for _, _, number in counts),
        "ok": of("ok", "replayed"),
        "dry_run": of("dry_run"),
        "refused": of("refused", "failed"),
    }


def _row(
    visit: Visit, event: dict[str, Any], known: dict[str, Credential], people: dict[str, str]
) -> dict[str, Any]:
    """An event as the list tells it."""
    en, fr, mark = words.OUTCOMES[event["outcome"]]
    used = known.get(event.get("credential_id", ""))
    return {
        "at": words.moment(visit, event["at"], seconds=True),
        "stamp": event["at"],
        "address": f"{PATH}/{event['id']}",
        "actor": event["actor"],
        "kind": visit.say(*words.ACTOR[event["actor_type"]]),
        "whom": people.get(event.get("user_id", ""), ""),
        "with": used,
        "what": words.of_action(visit, event["action"]),
        "action": event["action"],
        "changes": len(event.get("changes") or ()),
        "outcome": visit.say(en, fr),
        "mark": mark,
        "code": event.get("code"),
    }


async def export(visit: Visit) -> Response:
    """The filtered log as a file, kept as a document that only its reader sees."""
    filters = Filters.of(visit)
    today = visit.engine.clock().astimezone(ZoneInfo(visit.person.timezone)).date()
    asked = filters.asked(*_bounds(visit, *filters.days(today)))
    form = visit.given("format")
    made = await visit.call(
        "core.audit_event.export", format=form if form in ("csv", "xlsx") else "csv", **asked
    )
    if "document_id" in made:
        return visit.go(f"/console/documents/{made['document_id']}")
    return visit.page("export_waits.html", job=made["job_id"], back=filters.address())


PAGES = (
    Page(path=PATH, show=show),
    Page(path=f"{PATH}/export", take=export),
)
