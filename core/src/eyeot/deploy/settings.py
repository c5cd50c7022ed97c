"""Settings: the environment (`EYEOT_…`) over `eyeot.toml` over defaults."""

import ipaddress
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

SYSTEM_DATA = Path("/var/lib/eyeot")
_RATES = ("rate_credential", "rate_organisation", "rate_failures")
_RATE = re.compile(r"0|[1-9]\d{0,8}(/[1-9]\d{0,8})?")
_FEWEST = 2
_SWITCH = {"on": True, "true": True, "off": False, "false": False}


class WrongSettings(Exception):
    """A setting that cannot be used, with what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the data is, how the database is reached, and under which address people reach us."""

    data_dir: Path
    database_url: str = ""
    """Login that is a member of eyeot_app only; empty for the embedded database."""
    database_admin_url: str = ""
    """Used by `eyeot db upgrade` alone."""
    database_relay_url: str = ""
    """Login that is a member of eyeot_relay."""
    redis_url: str = ""
    storage: str = "database"
    """Where the bytes of documents are kept: database, files (under `data_dir`), or a plugin's store."""
    public_url: str = ""
    oauth: bool = True
    """Whether apps can be connected by signing in (OAuth)."""
    key_host: str = ""
    """Another host name, under which nothing is said of that."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies whose `X-Forwarded-For` is believed."""
    modules: tuple[str, ...] = ()
    """The modules to load; all installed ones when empty."""
    webhook_allow: tuple[str, ...] = ()
    """Networks that webhooks may call beside the open Internet, over http too."""
    providers: tuple[str, ...] = ()
    """Providers outside that modules may ask: `company_registry vies=https://other.example/v1`."""
    provider_keys: tuple[str, ...] = field(default=(), repr=False)
    """The keys by which providers know this deployment: `yousign=…`."""
    smtp_url: str = field(default="", repr=False)
    """Whom mails are handed to: `smtp://user:password@host:587?tls=starttls`."""
    mail_from: str = ""
    rate_credential: str = "6000/1200"
    """Calls of one credential a minute, and at once; 0 for no limit."""
    rate_organisation: str = "30000/6000"
    rate_failures: str = "60/60"
    """Attempts with wrong credentials from one address."""
    max_calls: int = 512
    """Calls under way in one process."""
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    audit_key: str = field(default="", repr=False)
    """What signs the audit's checkpoints; empty for a key in `data_dir`."""
    audit_checkpoints: str = ""
    """The folder they are written to; empty for one in `data_dir`."""
    audit_witness: str = ""
    """A URL that they are posted to."""

    @property
    def embedded(self) -> bool:
        """Whether the database is ours to start."""
        return not self.database_url


def default_data_dir() -> Path:
    """Where data lives unless told otherwise: the system's place for root, the person's own for others."""
    return SYSTEM_DATA if os.geteuid() == 0 else user_data_path("eyeot")


def load(environ: Mapping[str, str] | None = None, directory: Path | None = None) -> Settings:
    """The settings of this process."""
    environ = os.environ if environ is None else environ
    told = _file((directory or Path.cwd()) / "eyeot.toml")
    known = {one.name for one in fields(Settings)}
    if wrong := told.keys() - known:
        raise WrongSettings(
            f"eyeot.toml: unknown {', '.join(sorted(wrong))}; known: {', '.join(sorted(known))}"
        )
    values = {
        **told,
        **{n: environ[f"EYEOT_{n.upper()}"] for n in known if environ.get(f"EYEOT_{n.upper()}")},
    }
    return Settings(
        data_dir=Path(str(values.get("data_dir") or default_data_dir())).expanduser().absolute(),
        database_url=_url(values, "database_url"),
        database_admin_url=_url(values, "database_admin_url"),
        database_relay_url=_url(values, "database_relay_url"),
        storage=str(values.get("storage", "database")),
        redis_url=str(values.get("redis_url", "")),
        public_url=str(values.get("public_url", "")).rstrip("/"),
        oauth=_switch(values, "oauth"),
        key_host=str(values.get("key_host", "")).lower(),
        trusted_proxies=_networks(values, "trusted_proxies"),
        modules=_listed(values.get("modules", "")),
        webhook_allow=_listed(values.get("webhook_allow", "")),
        providers=_listed(values.get("providers", "")),
        provider_keys=_listed(values.get("provider_keys", "")),
        smtp_url=str(values.get("smtp_url", "")),
        mail_from=str(values.get("mail_from", "")),
        secret_keys=_listed(values.get("secret_keys", "")),
        audit_key=str(values.get("audit_key", "")),
        audit_checkpoints=str(values.get("audit_checkpoints", "")),
        audit_witness=_web(values, "audit_witness"),
        **_bounds(values),
    )


def _bounds(values: Mapping[str, object]) -> dict[str, Any]:
    told = {name: str(values[name]) for name in _RATES if name in values}
    if wrong := [name for name, one in told.items() if not _RATE.fullmatch(one)]:
        setting = f"EYEOT_{wrong[0].upper()}"
        raise WrongSettings(f"{setting} must be calls a minute and at once, as 6000/1200, or 0.")
    calls = str(values.get("max_calls", Settings.max_calls))
    if not calls.isdecimal() or int(calls) < _FEWEST:
        raise WrongSettings(f"EYEOT_MAX_CALLS must be a number, {_FEWEST} or more.")
    return {**told, "max_calls": int(calls)}


def _file(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as wrong:
        raise WrongSettings(f"{path} is not valid TOML: {wrong}") from wrong


def _url(values: Mapping[str, object], name: str) -> str:
    url = str(values.get(name, ""))
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise WrongSettings(f"EYEOT_{name.upper()} must begin with postgresql://")
    return url


def _web(values: Mapping[str, object], name: str) -> str:
    url = str(values.get(name, ""))
    if url and not url.startswith(("https://", "http://")):
        raise WrongSettings(f"EYEOT_{name.upper()} must begin with https:// or http://")
    return url


def _switch(values: Mapping[str, object], name: str) -> bool:
    told = str(values.get(name, "on")).lower()
    if told not in _SWITCH:
        raise WrongSettings(f"EYEOT_{name.upper()} must be on or off.")
    return _SWITCH[told]


def _networks(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    listed = _listed(values.get(name, ""))
    for one in listed:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            setting = f"EYEOT_{name.upper()}"
            raise WrongSettings(
                f"{setting}: {one} is no address or network such as 10.0.0.5 or 10.0.0.0/24."
            ) from None
    return listed


def _listed(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return tuple(part for part in str(value).replace(",", " ").split() if part)


def new_password() -> str:
    """A password nobody chose."""
    return secrets.token_urlsafe(16)
