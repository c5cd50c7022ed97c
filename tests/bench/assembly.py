"""Assembly: what three thousand more actions cost at start, in listings and in help.

python -m tests.bench.assembly [--json]
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import orjson

from eyeot.app import catalogue_of, load_plugins
from eyeot.declare.access import Access, Reach
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.finder import Finder
from eyeot.surface.mcp.help import help_answer
from eyeot.surface.mcp.shelf import Shelf
from tests.bench.generated import plugins

QUERIES = (
    "créer un véhicule de location",
    "export rental bicycles to excel",
    "certify a spare machine",
    "envoyer en réparation une grue de saison",
    "combien de vergers de saison",
    "importer des patients depuis un fichier",
    "qui a modifié ce bail de location",
    "archive the seasonal menu",
    "modifier la couleur du bateau",
    "add a spare oven",
    "rental vehicels by colour",
    "fuse the quantum doors",
    "joindre une photo au tracteur de secours",
    "list all customers",
    "planifier chaque lundi",
)
ROUNDS = 20


def main() -> None:
    """Print the table, or the same as JSON."""
    parser = argparse.ArgumentParser(description="what many actions cost")
    parser.add_argument("--json", action="store_true")
    found = measured()
    if parser.parse_args().json:
        sys.stdout.write(json.dumps(found))
        return
    for name, value in found.items():
        sys.stdout.write(f"{name:24} {value}\n")


def measured() -> dict[str, Any]:
    """Figures, in seconds, milliseconds, bytes and megabytes as they are named."""
    installed, failures = load_plugins()
    small = catalogue_of(installed, failures)
    few = _listing(small)
    before = _resident_mb()
    made, generating = _timed(plugins)
    catalogue, assembling = _timed(lambda: catalogue_of([*installed, *made], failures))
    many = _listing(catalogue)
    finder = Finder(catalogue)
    _, indexing = _timed(finder.warm)
    times = _times(finder, catalogue)
    return {
        "actions": len(catalogue.actions),
        "declare_s": round(generating, 2),
        "assemble_s": round(assembling, 2),
        "index_s": round(indexing, 2),
        "tools_bytes_before": len(few[0]),
        "tools_bytes": len(many[0]),
        "tools_same": few[0] == many[0],
        "tools_ms_before": round(few[1] * 1e3, 2),
        "tools_ms": round(many[1] * 1e3, 2),
        "help_p50_ms": round(statistics.median(times) * 1e3, 2),
        "help_p95_ms": round(statistics.quantiles(times, n=20)[-1] * 1e3, 2),
        "memory_mb": round(_resident_mb() - before, 1),
        **_browsed(catalogue, finder),
        "first": {query: _first(finder, catalogue, query) for query in QUERIES},
    }


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    made = work()
    return made, time.perf_counter() - started


def _everything(catalogue: Catalogue) -> Access:
    return Access(dict.fromkeys(catalogue.actions, Reach.ORGANISATION), {}, "everything")


def _listing(catalogue: Catalogue) -> tuple[bytes, float]:
    """What `tools/list` answers to who may everything, and how long its making takes."""
    made, took = _timed(lambda: Shelf(catalogue).listing(_everything(catalogue)))
    orjson.loads(b"{%b}" % made)
    return made, took


def _browsed(catalogue: Catalogue, finder: Finder) -> dict[str, int]:
    """The size of what help answers."""
    desk: Any = SimpleNamespace(engine=SimpleNamespace(catalogue=catalogue), finder=finder)
    access = _everything(catalogue)
    asked: dict[str, dict[str, Any]] = {
        "overview": {},
        "module": {"module": "made3"},
        "resource": {"resource": "crm.opportunity"},
        "query": {"query": "exporter les clients"},
    }
    return {
        f"{name}_bytes": len(orjson.dumps(help_answer(desk, access, one)))
        for name, one in asked.items()
    }


def _times(finder: Finder, catalogue: Catalogue) -> list[float]:
    access = _everything(catalogue)
    return [
        _timed(lambda query=query: finder.search(query, access, 5))[1]  # type: ignore[misc]
        for _ in range(ROUNDS)
        for query in QUERIES
    ]


def _first(finder: Finder, catalogue: Catalogue, query: str) -> str:
    hits = finder.search(query, _everything(catalogue), 1)
    return hits[0].action.name if hits else ""


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
