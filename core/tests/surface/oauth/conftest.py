"""Fixtures: a site, and a person who is signed in to it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from core.tests.surface.console.browser import Browser, member, site_of
from eyeot.asgi import Site
from eyeot.runtime.engine import Engine
from eyeot.testing import House


@pytest.fixture
def site(engine: Engine) -> Site:
    """The surfaces of the engine."""
    return site_of(engine)


@pytest.fixture
async def anne(site: Site, house: House) -> Browser:
    """The browser of somebody who may do everything."""
    email = await member(house, "anne", "owner")
    browser = Browser.of(site)
    await browser.sign_in(email)
    return browser


@pytest.fixture
def stale(house: House) -> Iterator[Callable[[], None]]:
    """Makes sessions eleven minutes old."""
    real, engine = house.engine.clock, house.engine

    def wait() -> None:
        engine.clock = lambda: real() + timedelta(minutes=11)

    yield wait
    engine.clock = real
