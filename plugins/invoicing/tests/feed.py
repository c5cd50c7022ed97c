"""Feed: Enable Banking as it answers, for banks of the tests' own."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import orjson
from joserfc import jwt
from joserfc.jwk import RSAKey

from core.tests.outside.receiver import Got, answer

APPLICATION = "cf589be3-3755-465b-a8df-a90a16a31403"
KEY = RSAKey.generate_key(2048, private=True)
PEM = KEY.as_pem(private=True).decode()
BACK = "https://erp.example/bank"


@dataclass
class Feed:
    """Accounts by IBAN, their movements in pages, and what was asked."""

    ibans: list[str]
    pages: list[list[dict[str, Any]]] = field(default_factory=list)
    balance: str = "0.00"
    days: int = 180
    asked: list[dict[str, Any]] = field(default_factory=list)
    spoiled: bytes = b""
    _code: str = "code-1"

    def __call__(self, got: Got) -> bytes:
        """Answer a request, of the one application that is known."""
        token = jwt.decode(
            got.headers["authorization"].removeprefix("Bearer "), KEY, algorithms=["RS256"]
        )
        claims = token.claims
        known = (token.header["kid"], claims["iss"], claims["aud"]) == (
            APPLICATION,
            "enablebanking.com",
            "api.enablebanking.com",
        )
        assert known
        assert claims["exp"] - claims["iat"] <= 86_400
        path, query = urlsplit(got.path).path, parse_qs(urlsplit(got.path).query)
        body = orjson.loads(got.body) if got.body else {}
        self.asked.append({"path": path, **body, **{n: v[0] for n, v in query.items()}})
        if self.spoiled and path.startswith("/accounts"):
            return self.spoiled
        return self.told(path, query, body)

    def told(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> bytes:
        """The answer."""
        if path == "/auth":
            return _json({"url": f"https://bank.example/?state={body['state']}"})
        if path == "/sessions":
            return self._session(body)
        if path.endswith("/balances"):
            amount = {"currency": "EUR", "amount": self.balance}
            return _json({"balances": [{"balance_type": "CLBD", "balance_amount": amount}]})
        at = int(query.get("continuation_key", ["0"])[0])
        first, last = query["date_from"][0], query["date_to"][0]
        page = self.pages[at] if at < len(self.pages) else []
        rows = [one for one in page if first <= str(one["booking_date"]) <= last]
        following = str(at + 1) if at + 1 < len(self.pages) else None
        return _json({"transactions": rows, "continuation_key": following})

    def _session(self, body: dict[str, Any]) -> bytes:
        if body != {"code": self._code}:
            return answer(400, b'{"message":"Wrong authorization code provided","code":422}')
        self._code = f"{self._code}+"
        end = date.today() + timedelta(days=self.days)  # noqa: DTZ011 - any day in the future
        accounts = [
            {"uid": f"uid-{iban[-4:]}", "account_id": {"iban": iban}, "currency": "EUR"}
            for iban in self.ibans
        ]
        told = {"session_id": "session-1", "accounts": accounts}
        return _json({**told, "access": {"valid_until": f"{end}T00:00:00+00:00"}})

    def came_back(self, url: str, code: str = "") -> str:
        """Where the bank sends whoever agreed at that address."""
        (state,) = parse_qs(urlsplit(url).query)["state"]
        return f"{BACK}?code={quote(code or self._code)}&state={state}"


def row(day: str, amount: str, reference: str | None, words: str, **more: Any) -> dict[str, Any]:
    """A movement; a negative amount went out."""
    out = amount.startswith("-")
    return {
        "entry_reference": reference,
        "transaction_amount": {"currency": "EUR", "amount": amount.lstrip("-")},
        "credit_debit_indicator": "DBIT" if out else "CRDT",
        "status": "BOOK",
        "booking_date": day,
        "creditor" if out else "debtor": {"name": "SARL MARTIN"},
        "remittance_information": [words],
        **more,
    }


def _json(told: Any) -> bytes:
    return answer(200, orjson.dumps(told))
