"""Outside: what the settings let the deployment send, to where and through whom."""

import re
from functools import partial
from ipaddress import ip_network
from urllib.parse import parse_qsl, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from eyeot.deploy.audit_key import export_seed
from eyeot.deploy.secret_keys import secret_keys
from eyeot.deploy.settings import Settings, WrongSettings
from eyeot.runtime.network import Network
from eyeot.runtime.outgoing import Outgoing
from eyeot.runtime.outside import MailServer, Outside

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PORTS = {"starttls": 587, "smtps": 465, "none": 25}
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def outside_of(settings: Settings) -> Outside:
    """The world as these settings open it."""
    return Outside(
        secrets=partial(secret_keys, settings),
        signing=partial(export_seed, settings),
        http=Outgoing(allowed=tuple(_network(one) for one in settings.webhook_allow)),
        providers=dict(_provider(one) for one in settings.providers),
        keys=dict(_key(one) for one in settings.provider_keys),
        mail=mail_server(settings) if settings.smtp_url else None,
    )


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as wrong:
        raise WrongSettings(
            f"EYEOT_WEBHOOK_ALLOW: {wrong}; write networks, e.g. 10.20.0.0/16"
        ) from None


def _provider(text: str) -> tuple[str, str]:
    """A provider's name and its address, if that is another than its own."""
    name, _, url = text.partition("=")
    if not _NAME.fullmatch(name) or (url and not url.startswith(("https://", "http://"))):
        raise WrongSettings(
            f"EYEOT_PROVIDERS: {name} is no provider; write names, or name=https://its.address.example"
        )
    return name, url


def _key(text: str) -> tuple[str, str]:
    """A provider's name and our key there, which no refusal repeats."""
    name, _, key = text.partition("=")
    if not _NAME.fullmatch(name) or not key or not (key.isascii() and key.isprintable()):
        raise WrongSettings("EYEOT_PROVIDER_KEYS: write each as name=key, e.g. yousign=….")
    return name, key


def mail_server(settings: Settings) -> MailServer:
    """The server of EYEOT_SMTP_URL, or `WrongSettings`; its password is never told."""
    try:
        parts = urlsplit(settings.smtp_url)
        port = parts.port
    except ValueError:
        raise WrongSettings("EYEOT_SMTP_URL cannot be read.") from None
    usual = "smtps" if parts.scheme == "smtps" else "starttls"
    tls = dict(parse_qsl(parts.query)).get("tls", usual)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in _PORTS:
        raise WrongSettings(
            "EYEOT_SMTP_URL is written smtp://user:password@mail.example.com:587?tls=starttls"
            " (or smtps, or none)"
        )
    if tls == "none" and parts.password and parts.hostname not in _HERE:
        raise WrongSettings("EYEOT_SMTP_URL would send its password unencrypted; use tls=starttls.")
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[tls],
        tls=tls,
        sender=_sender(settings.mail_from),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _sender(text: str) -> str:
    if not text:
        raise WrongSettings(
            "EYEOT_SMTP_URL is set and EYEOT_MAIL_FROM is not: mails need a sender."
        )
    try:
        validate_email(text, check_deliverability=False, allow_display_name=True)
    except EmailNotValidError as wrong:
        raise WrongSettings(f"EYEOT_MAIL_FROM: {wrong}") from None
    return text
