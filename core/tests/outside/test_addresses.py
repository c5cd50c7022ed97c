"""Addresses: nothing that somebody writes down leads into the network that the product stands in."""

import asyncio
import socket
import ssl
from ipaddress import ip_network
from typing import Any

import pytest

from core.tests.outside.receiver import LOOPBACK, answer, receiving
from eyeot.runtime.network import Refused, reachable
from eyeot.runtime.outgoing import LARGEST, Failed, Outgoing

PRIVATE = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
)  # fmt: skip
PUBLIC = ("1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4007::200e")
REFUSED = (
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://", "https:///x",
    "https://user:pass@example.com/", "https://user@example.com/", "https://@example.com/",
    "https://example.com@127.0.0.1/", "https://example.com#@127.0.0.1/", "https://example.com/#",
    "https://exa mple.com/", "https://example.com\\@127.0.0.1/", "https://example.com/a\r\nX: y",
    "https://example.com:22/", "https://example.com:25/", "https://example.com:0/",
    "https://example.com:99999/", "https://example.com:x/", "https://127.0.0.1/", "https://127.1/",
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0/",
    "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://[v1.x]/",
    "https://169.254.169.254/latest/meta-data/", "https://\uff11\uff12\uff17.0.0.1/", "https://①②⑦.0.0.1/",
    "https://127。0。0。1/", "https://exam%70le.com/", "https://example..com/", "https://-/",
    "https://example.com/é", "https://" + "a" * 2_100,
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_open_internet_is_never_called(address: str) -> None:
    assert not reachable(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_may_be_called(address: str) -> None:
    assert reachable(address)


def test_the_operator_opens_networks_and_nothing_beside_them() -> None:
    allowed = (ip_network("10.20.0.0/16"), ip_network("fd12::/16"))

    assert reachable("10.20.3.4", allowed)
    assert reachable("::ffff:10.20.3.4", allowed)
    assert reachable("fd12::1", allowed)
    assert not reachable("10.21.0.1", allowed)
    assert not reachable("::1", allowed)


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_no_plain_https_address_is_refused_as_it_is_written(url: str) -> None:
    assert Outgoing().fault(url)


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://hôtel.example/x?y=1", "https://example.com:8443/h"]
)
def test_a_plain_https_address_is_taken(url: str) -> None:
    assert Outgoing().fault(url) is None


def _resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names resolve to these addresses, one answer after the other; the names that were asked."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


async def test_one_private_address_among_several_is_enough_to_refuse_a_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolving(monkeypatch, ["93.184.216.34", "10.0.0.7"])

    with pytest.raises(Refused) as refused:
        await Outgoing().post("https://example.com/", {}, b"")
    assert "10.0.0.7" not in str(refused.value)


async def test_a_name_that_is_resolved_anew_to_another_address_is_called_at_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: what was checked is what is connected to."""
    async with receiving() as receiver:
        asked = _resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
        answered = await Outgoing(allowed=LOOPBACK).post(
            f"http://rebinding.example:{receiver.port}/x", {}, b"{}"
        )

    assert answered.status == 200
    assert asked == ["rebinding.example"]
    assert receiver.got[0].headers["host"] == f"rebinding.example:{receiver.port}"


async def test_plain_http_is_for_networks_that_the_operator_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolving(monkeypatch, ["93.184.216.34"])

    with pytest.raises(Refused):
        await Outgoing(allowed=LOOPBACK).post("http://example.com/", {}, b"")


async def test_a_redirect_is_an_answer_and_not_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with receiving() as receiver:
        receiver.answers = lambda _: answer(302, b"", f"location: {receiver.url('/other')}")
        answered = await Outgoing(allowed=LOOPBACK).get(receiver.url())

    assert answered.status == 302
    assert [one.path for one in receiver.got] == ["/hook"]


async def test_an_endless_answer_is_read_to_its_bound_and_a_silent_one_to_its_time() -> None:
    async with receiving() as receiver:
        receiver.answers = lambda _: answer(200, b"x" * (LARGEST * 4))
        answered = await Outgoing(allowed=LOOPBACK).get(receiver.url())
        assert len(answered.body) == LARGEST

        receiver.held = asyncio.Event()
        with pytest.raises(Failed):
            await Outgoing(allowed=LOOPBACK, patience=0.2).get(receiver.url())
        receiver.held.set()

        receiver.answers = lambda _: b"SSH-2.0-OpenSSH_9.9\r\n"
        with pytest.raises(Failed):
            await Outgoing(allowed=LOOPBACK).get(receiver.url())


async def test_a_certificate_that_no_authority_vouches_for_is_not_believed() -> None:
    async with receiving() as receiver:
        with pytest.raises(Failed):
            await Outgoing(allowed=LOOPBACK).get(f"https://127.0.0.1:{receiver.port}/")
    assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED
    assert receiver.got == []
