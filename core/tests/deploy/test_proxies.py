"""Proxies: whose word is taken for where a caller is."""

from typing import Any

import pytest

from eyeot.cli.serve import _config
from eyeot.deploy.settings import WrongSettings, load

SPOOFED = [(b"x-forwarded-for", b"203.0.113.9")]


async def _seen(proxies: tuple[str, ...], peer: str) -> str:
    """The address that the application takes a caller for."""
    seen: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    config = _config("127.0.0.1", 0, 1, proxies)
    config.app = application
    config.load()
    scope = {"type": "http", "client": (peer, 1), "headers": SPOOFED, "scheme": "http"}
    await config.loaded_app(scope, None, None)
    return seen[0]


@pytest.mark.parametrize(
    ("proxies", "peer", "taken_for"),
    [
        ((), "127.0.0.1", "127.0.0.1"),
        (("10.0.0.5",), "10.0.0.5", "203.0.113.9"),
        (("10.0.0.0/24",), "10.0.0.77", "203.0.113.9"),
        (("10.0.0.5",), "10.0.0.6", "10.0.0.6"),
        (("10.0.0.5",), "127.0.0.1", "127.0.0.1"),
    ],
)
async def test_only_a_trusted_proxy_says_where_a_caller_is(
    proxies: tuple[str, ...], peer: str, taken_for: str
) -> None:
    assert await _seen(proxies, peer) == taken_for


def test_what_is_no_address_is_refused() -> None:
    assert load({"EYEOT_TRUSTED_PROXIES": "10.0.0.5 10.1.0.0/24"}).trusted_proxies
    for wrong in ("*", "proxy.example", "10.0.0.1/8"):
        with pytest.raises(WrongSettings, match="EYEOT_TRUSTED_PROXIES"):
            load({"EYEOT_TRUSTED_PROXIES": wrong})
