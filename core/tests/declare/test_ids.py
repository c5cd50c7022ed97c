"""Identifiers: UUIDv7 in order, TypeIDs as their specification writes them."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeot.declare import ids

# From `valid.yml` of the TypeID specification.
VALID = [
    ("00000000-0000-0000-0000-000000000000", "prefix_00000000000000000000000000"),
    ("00000000-0000-0000-0000-000000000001", "prefix_00000000000000000000000001"),
    ("00000000-0000-0000-0000-00000000000a", "prefix_0000000000000000000000000a"),
    ("00000000-0000-0000-0000-000000000010", "prefix_0000000000000000000000000g"),
    ("00000000-0000-0000-0000-000000000020", "prefix_00000000000000000000000010"),
    ("ffffffff-ffff-ffff-ffff-ffffffffffff", "prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz"),
    ("0110c853-1d09-52d8-d73e-1194e95b5f19", "prefix_0123456789abcdefghjkmnpqrs"),
    ("01890a5d-ac96-774b-bcce-b302099a8057", "prefix_01h455vb4pex5vsknk084sn02q"),
    ("01890a5d-ac96-774b-bcce-b302099a8057", "pre_fix_01h455vb4pex5vsknk084sn02q"),
]
# From `invalid.yml`: what is not a TypeID.
INVALID = [
    "prefix_1234567890123456789012345",
    "prefix_123456789012345678901234567",
    "prefix_1234567890123456789012345 ",
    "prefix_0123456789ABCDEFGHJKMNPQRS",
    "prefix_123456789-123456789-123456",
    "prefix_ooooooiiiiiiuuuuuuulllllll",
    "prefix_i23456789ol23456789oi23456",
    "prefix_123456789-0123456789-01234",
    "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "prefix_",
    "_01h455vb4pex5vsknk084sn02q",
    "_",
    "",
    "01h455vb4pex5vsknk084sn02q",
    "prefix_01h455vb4pex5vsknk084sn02é",
    "prefix_\u06601h455vb4pex5vsknk084sn02q",
]
# Hypothesis takes its bounds naive.
moments = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)).map(  # noqa: DTZ001
    lambda one: one.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(("uuid", "text"), VALID)
def test_a_typeid_is_written_and_read_as_specified(uuid: str, text: str) -> None:
    prefix = text.rpartition("_")[0]

    assert ids.encode(prefix, UUID(uuid)) == text
    assert ids.decode(text) == (prefix, UUID(uuid))


@pytest.mark.parametrize("text", INVALID)
def test_what_is_not_a_typeid_is_none(text: str) -> None:
    assert ids.decode(text) is None


@given(st.uuids(), st.from_regex(r"[a-z]([a-z_]{0,20}[a-z])?", fullmatch=True))
def test_every_uuid_survives_its_typeid(uuid: UUID, prefix: str) -> None:
    assert ids.decode(ids.encode(prefix, uuid)) == (prefix, uuid)


@given(st.uuids(), st.uuids())
def test_typeids_sort_as_their_uuids(one: UUID, other: UUID) -> None:
    assert (ids.encode("x", one) < ids.encode("x", other)) == (one < other)


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert ids.decode(text) is None or ids.decode(text)


@given(moments)
def test_an_id_tells_its_millisecond_exactly(at: datetime) -> None:
    made = ids.uuid7(at)

    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert made.int >> 80 == milliseconds
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_ids_of_one_moment_are_in_order_however_many() -> None:
    now = datetime(2026, 9, 30, tzinfo=UTC)
    made = [ids.uuid7(now) for _ in range(20_000)]

    assert made == sorted(set(made))


async def test_ids_of_one_moment_stay_in_order_beside_those_of_others() -> None:
    start = datetime(2026, 9, 30, tzinfo=UTC)

    async def some(at: datetime) -> list[UUID]:
        made = []
        for _ in range(50):
            made.append(ids.uuid7(at))
            await asyncio.sleep(0)
        return made

    every = await asyncio.gather(*(some(start + timedelta(seconds=n)) for n in range(10)))

    assert [one == sorted(one) for one in every] == [True] * 10


def test_ids_of_now_are_in_order() -> None:
    made = [ids.uuid7() for _ in range(20_000)]

    assert made == sorted(set(made))
