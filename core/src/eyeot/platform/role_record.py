"""Role records: named sets of permissions, and that somebody holds one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs, earlier, lesser
from eyeot.declare.model import Ref
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record
from eyeot.platform.granting import Granted

RoleId = Annotated[UUID, Ref("core.role")]
OWNER = "owner"


class Role(
    Record,
    name="core.role",
    prefix="role",
    search=("name",),
    unique=(("name",),),
    reach=Shared(),
    governs=Governs(
        neutral=frozenset({"description"}),
        cuts={"permissions": lesser},
        archiving=True,
        deleting=True,
    ),
):
    """A named set of permissions."""

    name: str = field("Its name.", max_length=60)
    description: str | None = field("What it is for.", max_length=300, default=None)
    permissions: list[Granted] = field("What it permits, and how far.", default=list)
    is_system: bool = field("Whether it came with the product.", access="read", default=False)
    seeded: list[str] = field(
        "Permissions that modules once gave it.", access="secret", default=list
    )


class UserRole(
    Record,
    name="core.user_role",
    prefix="uro",
    label="id",
    unique=(("user_id", "role_id"),),
    reach=Shared(),
    archivable=False,
    governs=Governs(cuts={"expires_at": earlier}, deleting=True),
):
    """That a user holds a role, perhaps until a date."""

    user_id: UUID = ref("core.user", "Who holds it.", on_delete="CASCADE")
    role_id: UUID = ref("core.role", "The role.")
    expires_at: datetime | None = field("Until when.", default=None)
