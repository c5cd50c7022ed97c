"""Models: identifiers in the inputs and outputs of actions."""

from typing import Annotated
from uuid import UUID

import pytest
from pydantic import ValidationError

from eyeot.declare import ids
from eyeot.declare.model import Input, Key, Output, Ref
from eyeot.platform.users import User

USER, TEAM = ids.encode("usr", UUID(int=7)), ids.encode("team", UUID(int=7))


class Chosen(Input):
    """An identifier, and perhaps another, written in either way."""

    id: Annotated[UUID, Ref("core.user")]
    outer: Annotated[UUID, Ref("core.user")] | None = None
    inner: Annotated[UUID | None, Ref("core.user")] = None
    team: Annotated[UUID, Ref("core.team")] | None = None


class Told(Output):
    """As above, answered."""

    inner: Annotated[UUID | None, Ref("core.user")] = None


def _wrong(**given: object) -> str:
    with pytest.raises(ValidationError) as refused:
        Chosen(**{"id": USER, **given})  # type: ignore[arg-type]
    return refused.value.errors()[0]["type"]


def test_an_identifier_is_read_by_its_kind() -> None:
    made = Chosen.model_validate({"id": USER, "outer": USER, "inner": USER, "team": TEAM})

    assert [made.id, made.outer, made.inner, made.team] == [UUID(int=7)] * 4


def test_an_identifier_that_may_be_absent_may_be_null() -> None:
    made = Chosen.model_validate({"id": USER, "outer": None, "inner": None})

    assert (made.outer, made.inner) == (None, None)
    assert Told(inner=None).model_dump(mode="json") == {"inner": None}
    assert Told(inner=UUID(int=7)).model_dump(mode="json") == {"inner": USER}


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"id": TEAM}, "wrong_kind"),
        ({"team": USER}, "wrong_kind"),
        ({"team": "Lyon"}, "id"),
        ({"team": TEAM.upper()}, "id"),
        ({"team": TEAM[:-1]}, "id"),
        ({"team": "team_8zzzzzzzzzzzzzzzzzzzzzzzzz"}, "id"),
        ({"team": str(UUID(int=7))}, "id"),
        ({"id": ""}, "id"),
        ({"id": "   "}, "id"),
        ({"id": 7}, "id"),
        ({"id": None}, "id"),
        ({"id": ["usr"]}, "id"),
    ],
)
def test_what_is_not_the_identifier_asked_for_is_refused(
    given: dict[str, object], kind: str
) -> None:
    assert _wrong(**given) == kind


def test_a_name_stands_for_an_identifier_where_records_have_one() -> None:
    assert User.meta.exact == ("email",)
    made = Chosen.model_validate({"id": " anne@example.fr "})

    assert made.id == Key("anne@example.fr")
    assert isinstance(made.id, Key)
