"""Pages: how long the server takes for each page of the console, on the demo company.

python -m tests.bench.pages [--rounds 30]

What is told is the time until the whole page is there, over loopback, one request at a time: the server's
time and the client's own.
"""

import argparse
import re
import time
from html import unescape
from statistics import median, quantiles
from urllib.parse import urlsplit

import httpx

from tests.demo import Demo, served

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
    "/console/account",
)
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class Reader:
    """A browser that keeps cookies, also secure ones over loopback, as browsers do there."""

    def __init__(self, demo: Demo) -> None:
        address = urlsplit(demo.endpoint)
        self.http = httpx.Client(base_url=f"{address.scheme}://{address.netloc}")
        self.kept: dict[str, str] = {}

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
        told = "; ".join(f"{name}={value}" for name, value in self.kept.items())
        answer = self.http.request(method, path, data=fields, headers={"cookie": told})
        for one in answer.headers.get_list("set-cookie"):
            name, _, value = one.partition(";")[0].partition("=")
            self.kept[name] = value
        return answer

    def send(self, page: str, **fields: str) -> httpx.Response:
        found = _TOKEN.search(self.ask("GET", page).text)
        assert found, page
        return self.ask("POST", page, {"form_token": unescape(found[1]), **fields})

    def sign_in(self, demo: Demo) -> None:
        self.send("/console/sign-in", email=demo.email, password=demo.password)
        page = self.ask("GET", "/console/organisation").text
        choices = re.findall(r'value="(org_\w+)"><strong>([^<]+)', page)
        self.send(
            "/console/organisation", organisation=next(id for id, name in choices if "Val" in name)
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
        for path in PAGES:
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
