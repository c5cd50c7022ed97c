"""Documents: an app that is known by a document at its id; what is fetched for it, and what never is."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.tests.outside.receiver import LOOPBACK, Receiver, answer, receiving
from core.tests.surface.console.browser import Browser
from core.tests.surface.oauth.app import App, outside, rest
from eyeot.asgi import Site
from eyeot.platform.oauth.documents import Unreadable, check_address
from eyeot.runtime.engine import Engine
from eyeot.runtime.outgoing import Outgoing
from eyeot.runtime.outside import Outside
from eyeot.testing import Desk

JSON = "content-type: application/json"


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "apps.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "apps.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return pem


@dataclass
class Host:
    """Where an app's maker keeps its document."""

    receiver: Receiver
    told: dict[str, Any]
    lines: tuple[str, ...] = (JSON,)

    @property
    def client_id(self) -> str:
        return f"https://127.0.0.1:{self.receiver.port}/oauth/metadata"

    def app(self, site: Site, **changed: Any) -> App:
        """The app, whose document says this."""
        self.told = {
            "client_id": self.client_id,
            "client_name": "Claude Code",
            "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none",
            **changed,
        }
        self.receiver.answers = lambda _: answer(200, orjson.dumps(self.told), *self.lines)
        return App(outside(site), self.client_id, redirect_uri="http://localhost:3118/callback")


@pytest.fixture
async def host(engine: Engine, tmp_path: Path) -> AsyncIterator[Host]:
    """A host over TLS, in a network that the operator opened."""
    pem, before = _certificate(tmp_path), engine.outside
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(pem)
    trust = ssl.create_default_context(cafile=str(pem))
    engine.outside = Outside(http=Outgoing(allowed=LOOPBACK, trust=trust))
    async with receiving(served) as receiver:
        yield Host(receiver, {})
    engine.outside = before


async def test_an_app_is_known_by_its_document(
    site: Site, host: Host, anne: Browser, call: Desk
) -> None:
    app = host.app(site)
    shown = await anne.get(app.address())
    assert "Claude Code" in shown.text
    assert "127.0.0.1" in shown.text
    told = await app.connected(anne, "crm:read")
    assert (await rest(app.http, told["access_token"], "crm.customer.list")).status_code == 200
    assert (await app.refresh(told["refresh_token"])).status_code == 200
    [grant] = (await call("core.oauth_grant.list"))["items"]
    assert (grant["client_kind"], grant["client_host"]) == ("document", "127.0.0.1")
    assert len(host.receiver.got) == 1
    assert "cookie" not in host.receiver.got[0].headers


async def test_a_document_is_read_again_when_it_is_old(
    site: Site, host: Host, anne: Browser, engine: Engine
) -> None:
    app, real = host.app(site), engine.clock
    host.lines = (JSON, "cache-control: max-age=1")
    await anne.get(app.address())
    host.app(site, redirect_uris=["https://elsewhere.example/cb"])
    assert (await anne.get(app.address())).status_code == 200
    engine.clock = lambda: real() + timedelta(seconds=301)
    try:
        assert (await anne.get(app.address())).status_code == 400
    finally:
        engine.clock = real
    assert len(host.receiver.got) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "https://127.0.0.1/oauth/metadata"},
        {"client_id": None},
        {"client_name": ""},
        {"client_name": None},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)", "http://localhost/callback"]},
        {"redirect_uris": ["http://localhost/callback"] * 51},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"client_secret": "x"},
    ],
)
async def test_a_document_that_does_not_describe_its_app_connects_nothing(
    site: Site, host: Host, anne: Browser, changed: dict[str, Any]
) -> None:
    app = host.app(site, **changed)
    for _ in range(3):
        answered = await anne.get(app.address())
        assert (answered.status_code, "location" in answered.headers) == (400, False)
    # What was wrong a moment ago is not asked for again.
    assert len(host.receiver.got) == 1


@pytest.mark.parametrize(
    "told",
    [
        answer(302, b"", "location: https://127.0.0.1/other"),
        answer(200, b"{}", "content-type: text/html"),
        answer(200, b"x" * 70_000, JSON),
        answer(200, b"not json", JSON),
        answer(200, b"[]", JSON),
        answer(404, b"{}", JSON),
        b"nothing of HTTP\r\n\r\n",
    ],
)
async def test_what_is_no_document_connects_nothing(
    site: Site, host: Host, anne: Browser, told: bytes
) -> None:
    app = host.app(site)
    host.receiver.answers = lambda _: told
    assert (await anne.get(app.address())).status_code == 400
    assert len(host.receiver.got) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"response_type": "token"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
async def test_nothing_is_fetched_for_a_request_that_comes_to_nothing(
    site: Site, host: Host, anne: Browser, changed: dict[str, str]
) -> None:
    app = host.app(site)
    assert (await anne.get(app.address(**changed))).status_code == 400
    stranger = Browser.of(site)
    assert (await stranger.get(app.address())).status_code == 303
    assert (await app.exchange("eyo_guessed")).status_code == 401
    device = {"client_id": app.client_id}
    assert (await app.http.post("/oauth/device_authorization", data=device)).status_code == 401
    assert host.receiver.got == []


@pytest.mark.parametrize(
    "client_id",
    [
        "https://127.0.0.1/app", "https://[::1]/app", "https://localhost/app", "https://10.0.0.1/app",
        "https://169.254.169.254/latest/meta-data", "https://2130706433/app", "https://127.1/app",
        "https://[::ffff:127.0.0.1]/app", "https://metadata.google.internal/app",
    ],
)  # fmt: skip
async def test_no_document_is_fetched_from_inside(
    site: Site, anne: Browser, client_id: str
) -> None:
    app = App(outside(site), client_id, redirect_uri="http://localhost/callback")
    answered = await anne.get(app.address())
    assert answered.status_code == 400
    assert "cannot be recognised" in answered.text


@pytest.mark.parametrize(
    "client_id",
    [
        "https://app.example", "https://app.example/", "http://app.example/x", "https://app.example/#x",
        "https://user@app.example/x", "https://app.example/../x", "https://app.example/%2e%2e/x",
        "https://app.example:8443/x", "https://app.example/a b", "https://", "ftp://app.example/x",
    ],
)  # fmt: skip
def test_such_an_id_is_the_address_of_no_document(client_id: str) -> None:
    with pytest.raises(Unreadable):
        check_address(client_id)


async def test_a_host_is_not_asked_without_end(
    site: Site, host: Host, anne: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = host.app(site)
    statuses = []
    for number in range(62):
        other = f"{app.client_id}/{number}"
        statuses.append((await anne.get(app.address(client_id=other))).status_code)
    assert statuses[-1] == 429
    assert len(host.receiver.got) <= 60
