"""Data: the tables that ship with this plugin, read once from the TOML files beside the code."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(package: str, name: str) -> dict[str, Any]:
    """The table `name.toml` of a package of this plugin, such as `table("taxes", "zones")`."""
    text = files(f"eyeot_sales.{package}").joinpath(f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)
