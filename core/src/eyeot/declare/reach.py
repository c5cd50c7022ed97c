"""Reach: which rows an `own` or `team` grant covers, said once per record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shared:
    """Everyone in the organisation: reference data such as pipelines."""


@dataclass(frozen=True, slots=True)
class Owned:
    """The rows whose owner is the caller, or whose owner's team is the caller's."""

    owner: str = "owner_id"
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Through:
    """The rows whose parent, named by this field, is within reach."""

    field: str


@dataclass(frozen=True, slots=True)
class Held:
    """The rows that some record within reach points to with this field."""

    by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """The rows that name, in a field of any kind (`record`, `records`), a record the caller may `get`.

    And one's own, where `owner` names the user or `key` the credential. `needs` names a list of permissions
    that must all be held besides. The action's own grant does not widen it: whoever reaches the whole
    organisation still sees nothing that hangs on records of a module which they may not read. `secret`
    names a field by which a row is kept to its owner alone.
    """

    by: str
    owner: str | None = None
    key: str | None = None
    needs: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Private:
    """The caller's own rows, whatever the reach of their grant: nobody reads another person's."""

    owner: str = "user_id"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Nobody with less than organisation reach."""


Rule = Shared | Owned | Through | Held | Attached | Private | Organisation
