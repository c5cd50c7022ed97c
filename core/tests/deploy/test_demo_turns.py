"""Turns: what happens in several stories happens in the order of its time."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from eyeot.deploy.demo_turns import Turns

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


async def test_stories_told_together_happen_in_the_order_of_their_days() -> None:
    turns, happened, rng = Turns(), list[int](), Random(6)

    async def within(day: int) -> None:
        await turns.until(BEGAN + timedelta(days=day))
        happened.append(day)

    async def story(days: list[int]) -> None:
        for day in days:
            await within(day)
            if day % 7 == 0:
                await turns.together(within(day + 1), within(day + 2))

    days = [sorted(rng.sample(range(400), 40)) for _ in range(12)]
    for each in days:
        # What a part of a story tells lies before what follows in it.
        each[:] = [day for at, day in enumerate(each) if at == 0 or each[at - 1] + 2 <= day]
    await turns.together(*(story(each) for each in days))

    assert happened == sorted(happened)
    assert len(happened) == sum(1 + 2 * (day % 7 == 0) for each in days for day in each)


async def test_a_story_alone_never_waits_and_one_that_fails_ends_the_others() -> None:
    turns = Turns()
    await turns.until(BEGAN)

    async def fails() -> None:
        await turns.until(BEGAN)
        raise LookupError

    async def waits() -> None:
        await turns.until(BEGAN + timedelta(days=1))
        await turns.until(BEGAN + timedelta(days=2))

    with pytest.raises(ExceptionGroup):
        await turns.together(waits(), fails(), waits())
