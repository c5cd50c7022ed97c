"""Conformance: the protocol's own suite, in both eras.

python -m tests.conformance.run                          every scored scenario against the product with the
                                                         pack, then what any server can be asked of the demo
python -m tests.conformance.run --endpoint URL --key KEY tests a server that runs, as the demo
python -m tests.conformance.run --only tools-list        one scenario, with what it said
"""

import argparse
import itertools
import json
import re
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.clients.node import Project
from tests.conformance.proxy import with_key
from tests.demo import served

PACKAGE = "node_modules/@modelcontextprotocol/conformance"
SUITE, REQUIREMENTS = f"{PACKAGE}/dist/index.js", f"{PACKAGE}/requirements"
MODERN, LEGACY = "2026-07-28", "2025-11-25"

# Every scenario that any server can be asked for; the others call the suite's own fixtures, which only
# the pack has.
SCENARIOS = {
    "server-initialize": (LEGACY,),
    "server-session-lifecycle": (LEGACY,),
    "ping": (LEGACY,),
    "server-stateless": (MODERN,),
    "http-header-validation": (MODERN,),
    "caching": (MODERN,),
    "sep-2164-resource-not-found": (MODERN,),
    "input-required-result-unsupported-methods": (MODERN,),
    "input-required-result-missing-input-response": (MODERN,),
    "input-required-result-ignore-extra-params": (MODERN,),
    "input-required-result-validate-input": (MODERN,),
    "tools-list": (MODERN, LEGACY),
    "resources-list": (MODERN, LEGACY),
    "prompts-list": (MODERN, LEGACY),
    "dns-rebinding-protection": (MODERN, LEGACY),
    "server-sse-multiple-streams": (MODERN, LEGACY),
}

# What the suite asks of an authorization server before anybody signs in; tests/browser does the rest.
DISCOVERY = "authorization-server-metadata-endpoint"

# Checks inside those scenarios that call fixture tools all the same: without the tool they fail,
# or pass for nothing.
EXCUSED = frozenset(
    {
        "sep-2575-server-rejects-undeclared-capability",
        "sep-2575-missing-capability-http-400",
        "sep-2575-http-server-no-independent-requests-on-stream",
        "sep-2575-server-no-log-without-loglevel",
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one scenario found at one revision."""

    scenario: str
    revision: str
    checks: list[dict[str, Any]]
    output: str
    excused: frozenset[str] = frozenset()

    @property
    def failures(self) -> list[str]:
        if not self.checks:
            return [f"no result: {self.output.strip()[-1500:]}"]
        return [
            f"{check['id']}: {check.get('errorMessage', 'failed')}"
            for check in self.checks
            if check["status"] == "FAILURE" and check["id"] not in self.excused
        ]

    @property
    def summary(self) -> str:
        found = Counter(check["status"] for check in self.checks if check["id"] not in self.excused)
        excused = sum(check["id"] in self.excused for check in self.checks)
        words = {"SUCCESS": "ok", "WARNING": "warned", "SKIPPED": "skipped", "INFO": "noted"}
        counts = [f"{found[status]} {word}" for status, word in words.items() if found[status]]
        counts += [f"{excused} excused"] if excused else []
        return f"{'FAIL' if self.failures else 'pass'} ({', '.join(counts)})"


def main() -> int:
    options = _options()
    suite = Project(Path(__file__).parent)
    failed = 0
    if not options.endpoint:
        failed += _scored(suite, options.only)
    failed += _any(suite, options)
    return 1 if failed else 0


def _scored(suite: Project, only: str | None) -> int:
    """The scenarios that count, against the product with the pack; how many fail."""
    verdicts: list[Verdict] = []
    with (
        served((sys.executable, "-m", "tests.conformance.pack.server")) as demo,
        with_key(demo.endpoint, demo.key) as url,
    ):
        for revision in (MODERN, LEGACY):
            names = [name for name in _required(suite, revision) if only in {None, name}]
            found = _judged(suite, url, revision) if names else {}
            verdicts += [Verdict(name, revision, *found.get(name, ([], ""))) for name in names]
    if not (verdicts or only):
        raise RuntimeError("The suite's lists of requirements could not be read.")
    return _told(verdicts, "of the scored scenarios pass", loud=only is not None)


def _any(suite: Project, options: argparse.Namespace) -> int:
    """The scenarios that any server can be asked for, against the demo; how many fail."""
    chosen = [name for name in SCENARIOS if options.only in {None, name}]
    discovery = (MODERN, LEGACY) if options.only in {None, DISCOVERY} else ()
    if not (chosen or discovery):
        return 0
    with _endpoint(options) as (endpoint, key), with_key(endpoint, key) as url:
        verdicts = [
            _judge(suite, url, scenario, revision)
            for scenario in chosen
            for revision in SCENARIOS[scenario]
        ]
        verdicts += [_discovered(suite, endpoint, revision) for revision in discovery]
    return _told(verdicts, "scenarios pass on the demo", loud=options.only is not None)


def _told(verdicts: list[Verdict], what: str, *, loud: bool) -> int:
    _report(verdicts, loud=loud)
    failed = sum(bool(verdict.failures) for verdict in verdicts)
    print(f"\n{len(verdicts) - failed} of {len(verdicts)} {what}.\n")
    return failed


def _required(suite: Project, revision: str) -> list[str]:
    """The suite's own list of what conformance to a revision takes of a server."""
    listed = (suite.folder / REQUIREMENTS / f"{revision}.yaml").read_text()
    _, _, rest = listed.partition("\nserver:\n")
    lines = itertools.takewhile(lambda line: line.startswith(("  - ", "  #")), rest.splitlines())
    return [line.removeprefix("  - ") for line in lines if line.startswith("  - ")]


def _judged(suite: Project, url: str, revision: str) -> dict[str, tuple[list[dict[str, Any]], str]]:
    """The checks of every scenario of a revision, in one run."""
    found: dict[str, tuple[list[dict[str, Any]], str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        done = suite.run(SUITE, "server", "--url", url, "--requirements", revision, "-o", folder)
        for path in Path(folder).glob("*/checks.json"):
            named = re.match(r"server-(.+?)-\d{4}-\d\d-\d\dT", path.parent.name)
            if named:
                found[named[1]] = (json.loads(path.read_text()), done.stdout + done.stderr)
    return found


def _discovered(suite: Project, endpoint: str, revision: str) -> Verdict:
    """The verdict on the authorization server's own description, at its issuer."""
    address = urlsplit(endpoint)
    issuer = f"{address.scheme}://{address.netloc}"
    return _judge(suite, issuer, DISCOVERY, revision, kind="authorization")


def _judge(
    suite: Project, url: str, scenario: str, revision: str, *, kind: str = "server"
) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("--url", url, "--scenario", scenario, "--spec-version", revision)
        done = suite.run(SUITE, kind, *arguments, "-o", folder)
        found = [json.loads(path.read_text()) for path in Path(folder).glob("*/checks.json")]
    checks = [check for part in found for check in part]
    return Verdict(scenario, revision, checks, done.stdout + done.stderr, EXCUSED)


def _report(verdicts: list[Verdict], *, loud: bool) -> None:
    cells = {(verdict.scenario, verdict.revision): verdict.summary for verdict in verdicts}
    rows = [("scenario", MODERN, LEGACY)] + [
        (name, cells.get((name, MODERN), "-"), cells.get((name, LEGACY), "-"))
        for name in dict.fromkeys(verdict.scenario for verdict in verdicts)
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    for verdict in verdicts:
        for failure in verdict.failures:
            print(f"\n{verdict.scenario} at {verdict.revision}: {failure}")
        if loud:
            print(verdict.output)


@contextmanager
def _endpoint(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    if options.endpoint:
        yield options.endpoint, options.key
        return
    with served(shlex.split(options.command)) as demo:
        yield demo.endpoint, demo.key


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.conformance.run")
    parser.add_argument("--endpoint", help="test this server instead of starting the demo")
    parser.add_argument("--key", default="", help="its service key")
    parser.add_argument("--command", default="", help="start this instead of `eyeot serve --demo`")
    parser.add_argument("--only", help="one scenario, with its output")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
