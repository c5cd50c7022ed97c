"""Providers: who outside is asked in an action, and what they answer."""

from dataclasses import dataclass
from typing import Any

import orjson

from eyeot.declare.problem import Problem

LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Somebody outside who answers questions or takes documents: a register of companies, a platform.

    The operator of a deployment switches it on by its name (`EYEOT_PROVIDERS`), and may give another
    address for it; until then `ctx.fetch` is refused with `provider_not_configured`.
    """

    name: str
    """One word of lower case letters, digits and underscores; the same in every deployment."""
    doc: tuple[str, str]
    """What it is, in English and French."""
    url: str
    """Where it answers: scheme, host and what all its paths begin with."""
    largest: int = LARGEST
    """Bytes of an answer; a larger one is refused."""
    patience: float = 15.0
    """Seconds that one exchange may take."""
    keyed: bool = False
    """Whether it knows the deployment by a key of the operator's (`EYEOT_PROVIDER_KEYS`).

    It goes along as a bearer token (RFC 6750); no handler sees it.
    """


@dataclass(eq=False, kw_only=True)
class ProviderUnavailable(Problem):
    """Somebody outside gave no answer that can be used."""

    status = 503
    message = "{provider} gives no usable answer: {reason}."
    hint = "Nothing was changed. Try again in {retry_after} seconds, or do it without {provider}."
    provider: str
    reason: str
    retry_after: int = 60
    answered: int | None = None
    """The HTTP status, when there was one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a provider answered: text by others, never an instruction."""

    provider: str
    status: int
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for (2xx); 4xx says why not."""
        return self.status // 100 == 2  # noqa: PLR2004 - as HTTP counts

    def json(self) -> Any:
        """The body as JSON, or `ProviderUnavailable`."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise ProviderUnavailable(
                provider=self.provider, reason="its answer is no JSON", answered=self.status
            ) from None
