"""Approved: a platform of the tests' own that speaks XP Z12-013 over HTTP, and misbehaves on demand."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from core.tests.outside.receiver import Got, answer

CLIENT, SECRET, TOKEN = "maison", "s3cret/é", "token-1"
_BASE = datetime(2026, 11, 1, 8, tzinfo=UTC)


@dataclass
class Flow:
    """A flow as the platform keeps it."""

    id: str
    kind: str
    content: bytes
    at: datetime
    tracking_id: str = ""
    state: str = "Pending"
    why: tuple[str, str] = ("", "")


@dataclass
class Approved:
    """Flows by id, who is reachable, and how it misbehaves."""

    flows: dict[str, Flow] = field(default_factory=dict)
    reachable: set[str] = field(default_factory=set)
    refuses: tuple[int, str, str] | None = None
    """The answer to the next file: status, code, words."""
    spoiled: dict[str, bytes] = field(default_factory=dict)
    """By a part of the path: the answer in place of the right one."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    """What we handed over, with its flowInfo."""
    tokens: int = 0

    def put(self, kind: str, content: bytes, *, minutes: int = 0) -> str:
        """A flow that came for us."""
        id = f"in-{len(self.flows) + 1}"
        at = _BASE + timedelta(minutes=minutes or len(self.flows))
        self.flows[id] = Flow(id, kind, content, at)
        return id

    def __call__(self, got: Got) -> bytes:
        """Answer a request."""
        path, _, query = got.path.partition("?")
        for part, instead in self.spoiled.items():
            if part in got.path:
                return instead
        if path == "/token":
            return self._token(got)
        if got.headers.get("authorization") != f"Bearer {TOKEN}":
            return answer(401, b'{"errorCode":"UNAUTHORIZED"}')
        whole = {
            "/flow-service/v1/healthcheck": lambda _: answer(200, b'{"status":"ok"}'),
            "/flow-service/v1/flows": self._take,
            "/flow-service/v1/flows/search": self._search,
        }
        if path in whole:
            return whole[path](got)
        head, _, last = path.rpartition("/")
        if head == "/flow-service/v1/flows":
            return self._give(unquote(last), query)
        if last.startswith("code:"):
            return self._line(unquote(last.removeprefix("code:")))
        return answer(404, b"{}")

    def _token(self, got: Got) -> bytes:
        told = parse_qs(got.body.decode())
        if told.get("client_id") != [CLIENT] or told.get("client_secret") != [SECRET]:
            return answer(401, b'{"error":"invalid_client"}')
        self.tokens += 1
        body = orjson.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})
        return answer(200, body, "date: Fri, 20 Nov 2026 09:30:00 GMT")

    def _take(self, got: Got) -> bytes:
        info, content = parts(got)
        assert info["sha256"] == hashlib.sha256(content).hexdigest()
        if self.refuses:
            status, code, words = self.refuses
            self.refuses = None
            return answer(status, orjson.dumps({"errorCode": code, "errorMessage": words}))
        id = f"flow-{len(self.sent) + 1}"
        self.sent.append({**info, "content": content, "flow_id": id})
        at = _BASE + timedelta(hours=1, minutes=len(self.sent))
        self.flows[id] = Flow(id, info["flowType"], content, at, info["trackingId"])
        return answer(202, orjson.dumps({"flowId": id, "trackingId": info["trackingId"]}))

    def _search(self, got: Got) -> bytes:
        since = got.told["where"].get("updatedAfter")
        after = datetime.fromisoformat(since) if since else datetime.min.replace(tzinfo=UTC)
        rows = [
            {
                "flowId": one.id,
                "flowType": one.kind,
                "trackingId": one.tracking_id,
                "updatedAt": one.at.isoformat(),
                "acknowledgement": {
                    "status": one.state,
                    "details": [{"reasonCode": one.why[0], "reasonMessage": one.why[1]}],
                },
            }
            for one in self.flows.values()
            if one.at > after
        ]
        # As platforms do: in no order.
        rows.reverse()
        return answer(200, orjson.dumps({"limit": 200, "results": rows}))

    def _give(self, id: str, query: str) -> bytes:
        if id not in self.flows or query != "docType=Original":
            return answer(404, b"{}")
        return answer(200, self.flows[id].content)

    def _line(self, address: str) -> bytes:
        if address not in self.reachable:
            return answer(404, b"{}")
        return answer(200, orjson.dumps({"administrativeStatus": "A"}))


def parts(got: Got) -> tuple[dict[str, Any], bytes]:
    """The parts of a multipart body."""
    boundary = got.headers["content-type"].partition("boundary=")[2].encode()
    found: dict[str, bytes] = {}
    for piece in got.body.split(b"--" + boundary)[1:-1]:
        head, _, body = piece.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        found[name] = body.removesuffix(b"\r\n")
    return orjson.loads(found["flowInfo"]), found["file"]
