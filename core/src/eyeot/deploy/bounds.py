"""Bounds: what the settings say of how much is taken on."""

from eyeot.deploy.settings import Settings
from eyeot.runtime.bounds import Bounds
from eyeot.runtime.guards.rate import Rate, Rates

_PART = 5
"""Without a number of its own, a fifth of a minute's calls may come at once."""


def bounds_of(settings: Settings) -> Bounds:
    """The bounds of a serving process."""
    return Bounds(
        rates=Rates(
            _rate(settings.rate_credential),
            _rate(settings.rate_organisation),
            _rate(settings.rate_failures),
        ),
        redis_url=settings.redis_url,
        calls=settings.max_calls,
    )


def _rate(text: str) -> Rate | None:
    minute, _, burst = text.partition("/")
    if minute == "0":
        return None
    return Rate(int(minute), int(burst or max(1, int(minute) // _PART)))
