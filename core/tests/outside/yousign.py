"""Yousign: a double of the tests' own that speaks its Public API v3 over HTTP, and misbehaves on demand."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid5

import orjson

from core.tests.outside.receiver import LOOPBACK, Got, answer, receiving
from core.tests.raw import connected
from eyeot.platform.jobs import occurrence
from eyeot.runtime.engine import Engine
from eyeot.runtime.outgoing import Outgoing
from eyeot.runtime.relay import Relay
from eyeot.runtime.worker import Worker

KEY = "ys-s3cret"
SIGNED, PROOF = b"%PDF-1.7 signed", b"%PDF-1.7 proof"
_SPACE = UUID(int=7)


def nobody(_method: str, _path: str, _body: bytes) -> None:
    """Knows nothing: in the contract only what is asked for is tried, not what the provider does."""


FOLLOWS = "core.document.follow_signature"


@dataclass
class Round:
    """A signature request as it is kept there."""

    id: str
    told: dict[str, Any]
    status: str = "draft"
    documents: list[dict[str, Any]] = field(default_factory=list)
    signers: list[dict[str, Any]] = field(default_factory=list)
    content: bytes = b""
    note: str = ""

    @property
    def shown(self) -> dict[str, Any]:
        """What an answer says of it."""
        return {"id": self.id, "status": self.status, "external_id": self.told["external_id"]}


@dataclass
class Yousign:
    """Signature requests by id; `cut`: parts of paths after whose doing the connection breaks, once each."""

    rounds: dict[str, Round] = field(default_factory=dict)
    cut: list[tuple[str, str]] = field(default_factory=list)
    down: int = 0
    """How many requests are answered 503."""
    refuses: str = ""
    """The part of a path that is answered 400."""
    asked: list[str] = field(default_factory=list)
    signed_at: str = "2026-11-20T09:30:00+00:00"

    @property
    def only(self) -> Round:
        """The one request there is."""
        (one,) = self.rounds.values()
        return one

    def __call__(self, got: Got) -> bytes:
        """Answer a request."""
        path, _, query = got.path.partition("?")
        path = path.removeprefix("/v3")
        method = got.method
        self.asked.append(f"{method} {path.rpartition('/')[2]}")
        if got.headers.get("authorization") != f"Bearer {KEY}":
            return answer(401, b'{"detail": "Invalid authentication"}')
        if self.down:
            self.down -= 1
            return answer(503)
        if self.refuses and path.endswith(self.refuses):
            told = {"type": "parameters_not_valid", "detail": "phone_number is not valid"}
            return answer(400, orjson.dumps(told))
        made = self._answered(method, path.removeprefix("/signature_requests"), query, got)
        for one in self.cut:
            if one[0] == method and path.endswith(one[1]):
                self.cut.remove(one)
                raise ConnectionError
        return made

    def _answered(self, method: str, path: str, query: str, got: Got) -> bytes:
        if not path:
            return self._create(got) if method == "POST" else self._listed(query)
        id, _, rest = path.removeprefix("/").partition("/")
        one = self.rounds.get(id)
        if one is None:
            return answer(404, b'{"type": "resource.not_found"}')
        if not rest:
            return self._delete(one) if method == "DELETE" else _ok(one.shown)
        if method == "GET":
            return self._given(one, rest, query)
        if one.status != ("ongoing" if rest == "cancel" else "draft"):
            return answer(400, b'{"detail": "The status does not allow it"}')
        return {
            "documents": self._upload,
            "signers": self._invite,
            "activate": self._activate,
            "cancel": self._cancel,
        }[rest](one, got)

    def _create(self, got: Got) -> bytes:
        assert {"name", "delivery_mode", "external_id", "expiration_date"} <= got.told.keys()
        id = str(uuid5(_SPACE, str(len(self.rounds))))
        self.rounds[id] = Round(id, got.told)
        return _ok(self.rounds[id].shown, 201)

    def _listed(self, query: str) -> bytes:
        wanted = parse_qs(query)["external_id[eq]"][0]
        found = [one.shown for one in self.rounds.values() if one.told["external_id"] == wanted]
        return _ok({"meta": {"next_cursor": None}, "data": found})

    def _delete(self, one: Round) -> bytes:
        assert one.status == "draft"
        one.status = "deleted"
        return answer(204)

    def _upload(self, one: Round, got: Got) -> bytes:
        boundary = got.headers["content-type"].partition("boundary=")[2].encode()
        nature, file = got.body.split(b"--" + boundary)[1:-1]
        assert nature.endswith(b"\r\n\r\nsignable_document\r\n")
        one.content = file.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        made = {"id": f"doc-{len(one.documents)}", "nature": "signable_document", "total_pages": 2}
        one.documents.append(made)
        return _ok(made, 201)

    def _invite(self, one: Round, got: Got) -> bytes:
        (place,) = got.told["fields"]
        assert place["document_id"] == one.documents[0]["id"]
        assert place["page"] == one.documents[0]["total_pages"]
        made = {"id": f"signer-{len(one.signers)}", "status": "initiated", **got.told}
        one.signers.append(made)
        return _ok(made, 201)

    def _activate(self, one: Round, _got: Got) -> bytes:
        assert one.documents
        assert one.signers
        one.status = "ongoing"
        return _ok(one.shown, 201)

    def _cancel(self, one: Round, got: Got) -> bytes:
        assert got.told["reason"] in ("contractualization_aborted", "errors_in_document", "other")
        one.status, one.note = "canceled", got.told["custom_note"]
        return _ok(one.shown, 201)

    def _given(self, one: Round, rest: str, query: str) -> bytes:
        if rest in ("documents", "signers"):
            return _ok(getattr(one, rest))
        if one.status != "done":
            return answer(404, b'{"type": "audit_trail.not_ready_for_download"}')
        if rest == "audit_trails/download":
            assert query == "merge=true"
            return answer(200, PROOF)
        if rest.endswith("/audit_trails"):
            return _ok({"signer": {"signature_process_completed_at": self.signed_at}})
        return answer(200, SIGNED)


def _ok(told: Any, status: int = 200) -> bytes:
    return answer(status, orjson.dumps(told))


@dataclass
class Signing:
    """A deployment that has documents signed, and the provider that it asks."""

    engine: Engine
    admin: str
    there: Yousign = field(default_factory=Yousign)

    async def goes_on(self) -> None:
        """All that is to be done by now is done, and what waits for later as well, once."""
        relay, worker = Relay(self.engine), Worker(self.engine, occurrence)
        while await relay.work():
            pass
        async with connected(self.admin) as admin:
            await admin.execute(
                "UPDATE core_job SET due_at = now() WHERE status = 'queued' AND kind = $1",
                FOLLOWS,
            )
        await worker.drain()
        while await relay.work():
            pass
        await worker.drain()


@contextlib.asynccontextmanager
async def signing(engine: Engine, admin: str) -> AsyncIterator[Signing]:
    """The provider switched on while the block lasts."""
    before, made = engine.outside, Signing(engine, admin)
    relay = Relay(engine)
    while await relay.work():
        pass
    async with connected(admin) as connection:
        # What other tests on this database asked for is not asked of this one's provider.
        await connection.execute(
            "UPDATE core_job SET status = 'cancelled' WHERE status = 'queued' AND kind = $1",
            FOLLOWS,
        )
    async with receiving() as receiver:
        receiver.answers = made.there
        engine.outside = replace(
            before,
            http=Outgoing(allowed=LOOPBACK, patience=5),
            providers={"yousign": receiver.url("/v3")},
            keys={"yousign": KEY},
        )
        yield made
    engine.outside = before
