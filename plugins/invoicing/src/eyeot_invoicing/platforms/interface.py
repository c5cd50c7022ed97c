"""Interface: what every approved platform can be asked, so that vendors may differ behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

FlowSyntax = Literal["CII", "UBL", "Factur-X", "CDAR"]
RECEIVED: Final = "SupplierInvoice"
"""A flow that is an invoice to us."""
LIFE: Final = ("CustomerInvoiceLC", "SupplierInvoiceLC")
"""Flows that tell statuses, of what we sold and bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A file to hand over."""

    name: str
    content: bytes
    syntax: FlowSyntax
    profile: str
    tracking_id: str
    """What we call it; the same each time that it is tried."""
    kind: str = "CustomerInvoice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Why a platform does not take a file, in its codes and words."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow that a platform knows of."""

    flow_id: str
    kind: str
    at: datetime
    tracking_id: str = ""
    acknowledged: Literal["pending", "ok", "error"] = "pending"
    rejected: Rejected | None = None


class Platform(Protocol):
    """A platform, on behalf of one connection."""

    @property
    def time(self) -> datetime:
        """The platform's own time: the same however often the work is begun again."""

    def check(self) -> bool:
        """Whether it takes our credentials and is up."""

    def submit(self, sending: Sending) -> str | Rejected:
        """Hand a file over: what the platform calls it, or why it does not take it."""

    def flows(self, since: datetime | None, limit: int) -> list[Flow]:
        """The flows that changed since, oldest first."""

    def original(self, flow_id: str) -> bytes:
        """The file of a flow."""

    def reaches(self, address: str) -> bool:
        """Whether the directory knows an electronic address as one that receives."""
