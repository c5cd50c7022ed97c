"""Licences: what an organisation may do with the product, from when until when; data without I/O."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

State = Literal["free", "trial", "active", "grace", "expired", "untrusted"]
Plan = Literal["individual", "team", "trial"]
EVERY = "*"
"""Among a pack's modules: all of them."""
SOLD = frozenset({"crm", "sales", "invoicing", "stock", "tickets", "hr", "intelligence"})
"""The vendor's modules; a third party's is not the vendor's to sell, so no pack leaves it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What the vendor signed for one organisation."""

    id: str
    org: str
    """The organisation's id, `org_…`."""
    holder: str
    plan: Plan
    seats: int
    modules: tuple[str, ...]
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime
    grace_days: int = 0
    key: str = ""
    """The id of the vendor's key that signed it."""

    @property
    def ends(self) -> datetime:
        """When its grace ends."""
        return self.valid_until + timedelta(days=self.grace_days)

    def covers(self, module: str) -> bool:
        """Whether it lets a module write."""
        return module not in SOLD or EVERY in self.modules or module in self.modules


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """An organisation's licence as it stands: its pack, if any, and the people who count."""

    pack: Pack | None = None
    people: int = 0
    """Active ones; keys and agents are free."""
    seen: datetime | None = None
    """The newest time that the organisation's audit knows: a clock that was set back revives nothing."""
    untrusted: bool = False
    """A licence is there, but no key that this product trusts signed it for this organisation."""

    @property
    def plan(self) -> Plan:
        """Its plan; without a pack, one person works free of charge, in every module."""
        return self.pack.plan if self.pack else "individual"

    @property
    def seats(self) -> int:
        """How many people may work."""
        return self.pack.seats if self.pack else 1

    def at(self, now: datetime) -> datetime:
        """The time that counts."""
        return now if self.seen is None or now > self.seen else self.seen

    def state(self, now: datetime) -> State:
        """Where it stands at a time."""
        if self.untrusted:
            return "untrusted"
        pack = self.pack
        if pack is None:
            return "free"
        at = self.at(now)
        if at < pack.valid_from or at >= pack.ends:
            return "expired"
        if at >= pack.valid_until:
            return "grace"
        return "trial" if pack.plan == "trial" else "active"

    def lacks(self, module: str, now: datetime) -> Literal["licence", "seats", "module"] | None:
        """What a write of this module lacks; nothing when it may run."""
        pack, at = self.pack, self.at(now)
        if self.untrusted or (pack and not pack.valid_from <= at < pack.ends):
            return "licence"
        if self.people > self.seats:
            return "seats"
        if pack and not pack.covers(module):
            return "module"
        return None

    def told(self, now: datetime) -> dict[str, Any]:
        """It as whoami and `core.licence.check` tell it."""
        told: dict[str, Any] = {
            "plan": self.plan,
            "state": self.state(now),
            "seats": {"used": self.people, "of": self.seats},
        }
        if self.pack is None:
            return told | {"modules": [EVERY]}
        dates = {"valid_from": self.pack.valid_from, "valid_until": self.pack.valid_until}
        if self.pack.grace_days:
            dates["grace_until"] = self.pack.ends
        return (
            told
            | {name: one.isoformat().replace("+00:00", "Z") for name, one in dates.items()}
            | {"modules": list(self.pack.modules)}
        )
