"""Lab: a plugin of the tests' own, with what no shipped plugin has yet."""

from decimal import Decimal
from functools import lru_cache
from types import ModuleType
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg

from core.tests.raw import connected
from eyeot import (
    Conflict,
    Context,
    Event,
    Input,
    Money,
    Output,
    Owned,
    Plugin,
    Record,
    RecordEvent,
    RecordRef,
    Ref,
    Resource,
    action,
    field,
    ref,
    within,
)
from eyeot.declare.schema import metadata
from eyeot.deploy import roles
from eyeot.testing.fixtures import TestDatabase

_TABLES: dict[str, str] = {}
"""Its tables as SQL, in an order in which they can be made."""
_DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]
SALARY, NIR = "lab.employee:salary", "lab.employee:nir"


class Chosen(Input):
    """One employee."""

    id: Annotated[UUID, Ref("lab.employee")]


class Two(Chosen):
    """Two employees."""

    other_id: Annotated[UUID, Ref("lab.employee")]


class Gone(Output):
    """That something is gone."""

    gone: bool


class Paid(Event, name="lab.employee.paid"):
    """An employee was paid."""

    id: Annotated[UUID, Ref("lab.employee")]


_ZOE: dict[str, Any] = {"name": "Zoé Martin", "desk": "D1", "badge": "B-1"}
_FIND = {"desk": "1", "limit": 3}
_ONE = {"id": "$lab.employee"}


async def demo(given: Any) -> None:
    """Two employees and a card for the demo company."""
    by, at = next(iter(given.people)), given.now
    for number in ("1", "2", "3"):
        employee = await given.call(
            "lab.employee.create", by=by, at=at, **{**_ZOE, "badge": number, "desk": number}
        )
        given.ids[f"employee:{number}"] = employee["id"]
    badges = {"name": "Badges", "code": "badge", "pattern": "B{year}-{seq:04}"}
    await given.call("core.sequence.create", by=by, at=at, **badges)
    await given.call("lab.card.create", by=by, at=at, employee_id=given.ids["employee:1"])


@lru_cache
def plugin() -> Plugin:  # noqa: C901 - one declaration after the other
    """The plugin; made when first asked for, since records are known to the whole process."""

    class Employee(
        Record,
        name="lab.employee",
        prefix="lem",
        search=("name", "nir", "nickname"),
        hint=("nir", "desk"),
        exact=("nir", "badge"),
        reach=Owned(),
    ):
        """Somebody with a salary."""

        name: str = field("Their name.", max_length=40)
        nickname: str | None = field(
            "What colleagues call them.", sensitive=SALARY, personal=True, default=None
        )
        desk: str | None = field("Where they sit.", max_length=20, default=None)
        badge: str | None = field("Their badge.", max_length=20, default=None)
        salary: Decimal | None = field("Their salary.", ge=0, sensitive=SALARY, default=None)
        bonus: Money | None = field("Their bonus.", sensitive=SALARY, default=None)
        nir: str | None = field(
            "Their NIR.", max_length=15, sensitive=NIR, personal=True, default=None
        )
        owner_id: UUID | None = ref("core.user", "Whose it is.", default=None)

    class Card(
        Record,
        name="lab.card",
        prefix="lcd",
        search=("name",),
        unique=(("employee_id",),),
        reach=Owned(),
        inline=("employee_id", Employee),
    ):
        """A card that shows an employee inline."""

        employee_id: UUID = ref("lab.employee", "Whose card.", access="create")
        colour: str | None = field("Its colour.", max_length=20, default=None)
        owner_id: UUID | None = ref("core.user", "Whose it is.", default=None)

    @action(
        "lab.employee.pay", risk="w", en="Pay", fr="Payer", record=Employee, example=_ONE,
        events=("lab.employee.paid",),
    )  # fmt: skip
    async def pay(ctx: Context, data: Chosen) -> Employee:
        """Change what only some may see, several times in one call."""
        row = await ctx.get(Employee, data.id, lock=True)
        for salary in ("10", "20", "30"):
            row.salary, row.desk = Decimal(salary), f"D{salary}"
            await ctx.save(row)
        ctx.emit(Paid(id=row.id))
        return row

    @action(
        "lab.employee.dismiss", risk="w", en="Dismiss", fr="Renvoyer", record=Employee, example=_ONE
    )
    async def dismiss(ctx: Context, data: Chosen) -> Gone:
        """Change a record and delete it in one call."""
        row = await ctx.get(Employee, data.id, lock=True)
        row.desk = "none"
        await ctx.save(row)
        await ctx.delete(row)
        return Gone(gone=True)

    two = {**_ONE, "other_id": "$lab.employee"}

    @action("lab.employee.meet", risk="w", en="Meet", fr="Rencontrer", record=Employee, example=two)
    async def meet(ctx: Context, data: Two) -> Employee:
        """Lock two records, in the order given."""
        for id in (data.id, data.other_id):
            row = await ctx.get(Employee, id, lock=True)
            row.desk = str(int(row.desk or 0) + 1)
        return row

    @action("lab.employee.visit", risk="w", en="Visit", fr="Visiter", record=Employee, example=_ONE)
    async def visit(ctx: Context, data: Chosen) -> Gone:
        """Add a record and delete it in one call."""
        await ctx.get(Employee, data.id)
        guest = await ctx.add(Employee(name="Guest", owner_id=ctx.user_id))
        await ctx.delete(guest)
        return Gone(gone=True)

    @action(
        "lab.employee.issue_badge", risk="w", en="Issue a badge", fr="Remettre un badge",
        record=Employee, example=_ONE,
    )  # fmt: skip
    async def issue_badge(ctx: Context, data: Chosen) -> Employee:
        """Give a number of a sequence."""
        row = await ctx.get(Employee, data.id, lock=True)
        ref = RecordRef.to("lab.employee", row.id)
        row.badge = await ctx.number("badge", on=ctx.today, record=ref)
        return row

    @within("lab.employee.updated")
    async def refuse(ctx: Context, event: RecordEvent) -> None:
        """Refuse a desk that is taken: after it was written, before it is kept."""
        row = await ctx.get(Employee, event.id)
        if row.desk == "taken":
            raise Conflict(reason="The desk is taken.", field="desk")

    module = ModuleType("core.tests.runtime.lab")
    employees, cards = (
        Resource(Employee, profile="master", adding="delete", example=_ZOE, find=_FIND),
        Resource(
            Card,
            profile="master",
            example={"employee_id": "$lab.employee", "colour": "red"},
        ),
    )
    for name, value in {**locals(), "Paid": Paid}.items():
        setattr(module, name, value)
    for table in [one for one in metadata.sorted_tables if one.name.startswith("lab_")]:
        ddl = sa.schema.CreateTable(table).compile(dialect=_DIALECT)
        _TABLES[table.name] = str(ddl)
    return Plugin(
        name="lab",
        doc="For tests.",
        modules=(module,),
        permissions={
            SALARY: ("See salaries.", "Voir les salaires."),
            NIR: ("See NIR.", "Voir le NIR."),
        },
        demo=demo,
    )


async def install(database: TestDatabase) -> Plugin:
    """The plugin, with its tables in this database."""
    made = plugin()
    async with connected(database.admin) as admin:
        await admin.execute("SET ROLE eyeot_owner")
        for table, ddl in _TABLES.items():
            await admin.execute(ddl)
            for statement in roles._tenant(table):
                await admin.execute(statement)
    return made
