"""The command line: what an operator types, on a deployment of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Eyeot = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def eyeot() -> Iterator[Eyeot]:
    """`eyeot …` on a fresh data directory."""
    folder = Path(tempfile.mkdtemp(prefix="eyeot-cli-"))
    folder.chmod(0o711)
    program = Path(sys.executable).with_name("eyeot")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EYEOT_")}

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = clean | {"EYEOT_DATA_DIR": str(folder)} | variables
        return subprocess.run(
            [program, *arguments],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("org", "create", "acme", "--name", "Acme SARL").returncode == 0
    yield run
    shutil.rmtree(folder, ignore_errors=True)


def told(ended: subprocess.CompletedProcess[str]) -> Any:
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_actions_are_listed_whole(eyeot: Eyeot) -> None:
    actions = told(eyeot("actions", "--json"))

    wanted = {
        "name", "module", "resource", "verb", "kind", "risk", "surface", "permission", "summary", "labels",
        "input_schema", "output_schema", "events",
    }  # fmt: skip
    assert all(wanted <= one.keys() for one in actions)
    crm = told(eyeot("actions", "--module", "crm", "--json"))
    assert {one["module"] for one in crm} == {"crm"}


def test_a_licence_is_issued_by_the_vendor_and_installed_by_the_operator(
    eyeot: Eyeot, tmp_path: Path
) -> None:
    shown = told(eyeot("licence", "show", "--org", "acme", "--json"))
    assert (shown["plan"], shown["seats"]) == ("individual", {"used": 0, "of": 1})
    org = told(eyeot("call", "--org", "acme", "core.organization.list"))["items"][0]["id"]
    key, file = tmp_path / "stranger.jwk", tmp_path / "licence.txt"
    public = told(eyeot("licence", "keygen", "--id", "eyeot-2026", "--out", str(key), "--json"))
    assert "d" not in public
    assert key.stat().st_mode & 0o077 == 0
    asked = ("--org", org, "--holder", "Acme SARL", "--seats", "5", "--until", "2099-12-31")
    issued = told(
        eyeot("licence", "issue", "--key", str(key), *asked, "--out", str(file), "--json")
    )
    assert (issued["org"], issued["seats"], issued["modules"]) == (org, 5, ["*"])
    refused = eyeot("licence", "install", "--org", "acme", str(file))
    assert refused.returncode == 1
    assert "its signature does not hold" in refused.stderr
    key.chmod(0o644)
    assert "chmod 600" in eyeot("licence", "issue", "--key", str(key), *asked).stderr


def test_modules_are_listed_with_their_true_counts(eyeot: Eyeot) -> None:
    plugins = told(eyeot("plugins", "--json"))["plugins"]
    actions = told(eyeot("actions", "--json"))

    assert len(plugins) == 8
    for one in plugins:
        assert one["actions"] == sum(action["module"] == one["name"] for action in actions)


@pytest.mark.parametrize("name", ["crm", "core"])
def test_a_name_that_a_module_has_begins_no_other(eyeot: Eyeot, tmp_path: Path, name: str) -> None:
    refused = eyeot("plugin", "new", name, "--dir", str(tmp_path / "new"))

    assert refused.returncode == 2
    assert name in refused.stderr
    assert not (tmp_path / "new").exists()


def test_an_organisation_a_person_and_a_key_are_made(eyeot: Eyeot) -> None:
    person = told(
        eyeot(
            "user",
            "create",
            "--org",
            "acme",
            "--email",
            "o@acme.fr",
            "--name",
            "O",
            "--role",
            "owner",
            "--json",
        )
    )
    key = told(
        eyeot(
            "key",
            "create",
            "--org",
            "acme",
            "--name",
            "k",
            "--scopes",
            "crm:read",
            "--owner",
            "o@acme.fr",
            "--json",
        )
    )

    assert person["password"]
    assert key["key"].startswith("eyk_")
    assert "acme" in eyeot("org", "list").stdout


def test_any_action_runs_and_a_dry_run_changes_nothing(eyeot: Eyeot) -> None:
    preview = told(
        eyeot("call", "--org", "acme", "crm.customer.create", '{"name": "Dupont"}', "--dry-run")
    )
    assert [one["type"] for one in preview["effects"]["created"]] == ["crm.party", "crm.customer"]
    assert told(eyeot("call", "--org", "acme", "crm.customer.count"))["count"] == 0


def test_refusals_are_told_in_words_with_status_1(eyeot: Eyeot) -> None:
    unknown = eyeot("call", "--org", "nobody", "crm.customer.count")
    assert unknown.returncode == 1
    assert "not_found" in unknown.stderr
    again = eyeot("org", "create", "acme", "--name", "Acme")
    assert again.returncode == 1
    assert "conflict" in again.stderr


def test_the_database_is_what_the_modules_declare(eyeot: Eyeot) -> None:
    assert eyeot("db", "upgrade").returncode == 0
    checked = eyeot("db", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    doctor = told(eyeot("doctor", "--json"))
    assert all(one["well"] for one in doctor)


def test_serving_the_world_without_https_is_refused(eyeot: Eyeot) -> None:
    open_door = eyeot("serve", "--host", "0.0.0.0")
    assert open_door.returncode == 1
    assert "EYEOT_PUBLIC_URL" in open_door.stderr
    demo = eyeot("serve", "--demo", "--host", "0.0.0.0", EYEOT_PUBLIC_URL="https://erp.example")
    assert demo.returncode == 1


ANSWERS_AT = "https://erp.example/api/v1/mcp"
CLIENTS = ("claude-desktop", "claude-code", "cursor", "vscode", "chatgpt", "curl", "mcp-remote")


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_is_told_how_to_connect(eyeot: Eyeot, client: str) -> None:
    asked = ("client-config", client, "--endpoint", ANSWERS_AT, "--key", "eyk_x")
    shown, read = eyeot(*asked), told(eyeot(*asked, "--json"))

    assert shown.returncode == 0
    assert ANSWERS_AT in shown.stdout
    assert {way["by"] for way in read["ways"]} >= {"sign-in"}
    for way in read["ways"]:
        given = json.dumps(way.get("content", ""))
        assert ("eyk_x" in given) == (way["by"] == "key"), "a key where one signs in, or none"
        assert way["possible"]


def test_a_key_goes_where_nobody_can_sign_in(eyeot: Eyeot) -> None:
    asked = ("client-config", "cursor", "--endpoint", ANSWERS_AT, "--key", "eyk_x", "--json")
    named = told(eyeot(*asked, EYEOT_KEY_HOST="keys.erp.example"))["ways"][1]
    signing_in, keyed = told(eyeot(*asked, EYEOT_OAUTH="off"))["ways"]

    address = named["content"]["mcpServers"]["eyeot"]["url"]
    assert address == "https://keys.erp.example/api/v1/mcp"
    assert not signing_in["possible"]
    assert keyed["possible"]
    assert keyed["content"]["mcpServers"]["eyeot"]["url"] == ANSWERS_AT


@pytest.mark.parametrize("client", ["claude-desktop", "chatgpt"])
@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8000/api/v1/mcp", "https://10.0.0.7/mcp"])
def test_a_client_that_calls_from_outside_is_told_that_it_cannot(
    eyeot: Eyeot, client: str, endpoint: str
) -> None:
    read = told(eyeot("client-config", client, "--endpoint", endpoint, "--json"))

    assert not read["public"]
    assert not read["ways"][0]["possible"]
    assert "EYEOT_PUBLIC_URL" in read["ways"][0]["needs"]


def test_the_operator_registers_apps(eyeot: Eyeot) -> None:
    uri = "https://claude.ai/api/mcp/auth_callback"
    given = ("client", "register", "--name", "Claude", "--redirect-uri", uri, "--secret", "--json")
    made = told(eyeot(*given))
    assert len(made["client_secret"]) >= 43
    [listed] = told(eyeot("client", "list", "--json"))
    assert (listed["client_id"], listed["redirect_uris"]) == (made["client_id"], [uri])
    assert made["client_secret"] not in eyeot("client", "list").stdout
    wrong = eyeot("client", "register", "--name", "x", "--redirect-uri", "http://evil.example/")
    assert wrong.returncode != 0
    assert "loopback" in wrong.stderr
    assert eyeot("client", "remove", made["client_id"]).returncode == 0
    assert told(eyeot("client", "list", "--json")) == []
    known = told(eyeot("call", "--org", "acme", "core.audit_event.list", '{"limit": 5}'))
    assert "core.oauth_client.register" in {one["action"] for one in known["items"]}
