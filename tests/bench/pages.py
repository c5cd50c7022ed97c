"""Pages: how long the server takes for each page of the console, on the demo company.

python -m tests.bench.pages [--rounds 30]

What is told is the time until the whole page is there, over loopback, one request at a time: the server's
time and the client's own.
"""

import argparse
import time
from statistics import median, quantiles

import httpx

from tests.demo import served
from tests.reader import Reader, furnished

GOAL_MS = 100
PAGES = (
    "/console/sign-in",
    "/console/",
    "/console/activity",
    "/console/activity?period=90&kind=everyone",
    "/console/activity?outcome=refused&actor=Assistant",
    "/console/agents",
    "/console/keys/new",
    "/console/users",
    "/console/roles",
    "/console/teams",
    "/console/modules",
    "/console/licence",
    "/console/users/new",
    "/console/agents/new",
    "/console/account",
)


def main() -> None:
    """Measure each page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", nargs="?", default="pages")
    parser.add_argument("--rounds", type=int, default=30)
    rounds: int = parser.parse_args().rounds
    with served() as demo:
        reader = Reader(demo)
        strange = Reader(demo)
        reader.sign_in(demo)
        for path in (*PAGES, *sorted(furnished(reader, demo).values())):
            who = strange if path.endswith("sign-in") else reader
            answer = who.ask("GET", path)
            if answer.status_code != httpx.codes.OK:
                print(f"{path:55} {answer.status_code}")
                continue
            took = sorted(_timed(who, path) for _ in range(rounds))
            p95 = quantiles(took, n=20)[-1]
            verdict = "" if p95 < GOAL_MS else f"  over {GOAL_MS} ms"
            print(f"{path:55} median {median(took):6.1f} ms   p95 {p95:6.1f} ms{verdict}")


def _timed(reader: Reader, path: str) -> float:
    began = time.perf_counter()
    reader.ask("GET", path)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
