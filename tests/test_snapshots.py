"""Snapshots: what callers can send and are answered, kept in git so that a change is seen and meant.

pytest tests/test_snapshots.py --update-snapshots    writes them anew; read the difference, then commit it
"""

import json
from pathlib import Path
from typing import Any

import pytest

from eyeot import app
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.lint import lint_input, lint_output, lint_tools
from eyeot.surface.mcp.metatools import TOOLS
from eyeot.surface.mcp.shelf import described

FOLDER = Path(__file__).parent / "snapshots"
WIDTH = 110


@pytest.fixture(scope="module")
def installed() -> Catalogue:
    """Everything that is installed."""
    return app.assemble()


def tools_of(catalogue: Catalogue) -> list[dict[str, Any]]:
    """The tools as a caller who may do everything sees them."""
    own = [described(tool, catalogue.actions[tool.action]) for tool in catalogue.tool_order]
    return [*own, *TOOLS]


def actions_of(catalogue: Catalogue, module: str) -> dict[str, Any]:
    """Input and output of every action; an answer like an earlier one's is named by that."""
    found: dict[str, Any] = {}
    answers: dict[str, str] = {}
    for name, one in sorted(catalogue.actions.items()):
        if one.module == module:
            answer = json.dumps(one.output_schema, sort_keys=True)
            like = answers.setdefault(answer, name)
            output = one.output_schema if like == name else f"as {like}"
            found[name] = {"risk": one.risk, "input": one.input_schema, "output": output}
    return found


def written(value: Any, depth: int = 0) -> str:
    """JSON, sorted, with a line for whatever fits on one."""
    flat = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if len(flat) + depth <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    pad = " " * (depth + 1)
    if isinstance(value, list):
        inner = [f"{pad}{written(one, depth + 1)}" for one in value]
        return "[\n" + ",\n".join(inner) + "\n" + " " * depth + "]"
    inner = [f'{pad}"{key}": {written(value[key], depth + 1)}' for key in sorted(value)]
    return "{\n" + ",\n".join(inner) + "\n" + " " * depth + "}"


def snapshots(catalogue: Catalogue) -> dict[str, str]:
    """Every snapshot by its file's name."""
    prompts = {
        name: {"arguments": [one.name for one in prompt.arguments], "needs": list(prompt.needs)}
        for name, prompt in catalogue.prompts.items()
    }
    found = {"tools": {"tools": tools_of(catalogue), "prompts": prompts}}
    modules = {one.module for one in catalogue.actions.values()}
    return {
        f"{name}.json": written(told) + "\n"
        for name, told in {**found, **{m: actions_of(catalogue, m) for m in modules}}.items()
    }


def test_what_callers_see_is_what_was_agreed(
    installed: Catalogue, request: pytest.FixtureRequest
) -> None:
    made = snapshots(installed)
    if request.config.getoption("--update-snapshots"):
        for path in FOLDER.glob("*.json"):
            path.unlink()
        for name, text in made.items():
            (FOLDER / name).write_text(text)
    kept = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    changed = sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))
    assert not changed, (
        f"{', '.join(changed)}: callers would see something else. If that is meant, run"
        " 'pytest tests/test_snapshots.py --update-snapshots', read the difference and commit it."
    )


def test_every_tool_is_one_that_every_client_accepts(installed: Catalogue) -> None:
    assert lint_tools(tools_of(installed)) == []


def test_every_action_is_described_as_every_model_reads_it(installed: Catalogue) -> None:
    wrong = [
        f"{name}: {what}"
        for name, one in installed.actions.items()
        for what in (*lint_input(one.input_schema), *lint_output(one.output_schema))
    ]
    assert wrong == []
