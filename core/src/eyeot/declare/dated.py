"""Dated tables: what the law changes from one day to another, shipped as data and asked by the day."""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from importlib.resources import files
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from eyeot.declare.problem import Conflict


class DatedRow(BaseModel):
    """One row: what held from a day, until the day before another one began or `valid_to` was over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    valid_to: date | None = None
    """The last day on which it holds; none while it does."""

    def holds(self, on: date) -> bool:
        """Whether it holds on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


T = TypeVar("T", bound=DatedRow)


class Dated(Generic[T]):
    """A table of dated rows."""

    def __init__(self, rows: Sequence[T], about: str) -> None:
        self.rows = tuple(sorted(rows, key=lambda one: one.valid_from))
        self.about = about

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def on(self, day: date, where: Callable[[T], bool] = lambda _: True) -> list[T]:
        """The rows that hold on a day, those that began last first."""
        return [one for one in reversed(self.rows) if one.holds(day) and where(one)]

    def at(self, day: date, where: Callable[[T], bool] = lambda _: True) -> T:
        """The row that holds on a day; `Conflict` when this version of the product knows none."""
        for one in self.on(day, where):
            return one
        raise Conflict(
            reason=f"This version of the product knows no {self.about} for {day}.",
            remedy="Upgrade the product, whose tables follow the law, or choose another date.",
        )


def dated(package: str, file: str, model: type[T], *, about: str) -> Dated[T]:
    """The table of a TOML file in a plugin's package: `[[row]]` entries, checked by the model."""
    text = files(package).joinpath(file).read_text("utf-8")
    rows = tomllib.loads(text)["row"]
    return Dated([model.model_validate(one) for one in rows], about)
