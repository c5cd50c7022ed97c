"""Archive: what is held of a person as files that they can read, a program can, and anybody can check."""

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from jinja2 import Environment

_INDENTED = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
_FIRST = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP can tell: the same data makes the same bytes."""
_PAGE = """<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ words.title }}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}
table{border-collapse:collapse;width:100%;margin:0 0 1.5rem}th,td{text-align:left;vertical-align:top;
padding:.35rem .6rem;border-bottom:1px solid #d5d9de;overflow-wrap:anywhere}th{width:16rem;font-weight:600}
h2{margin-top:2.5rem}p{color:#5b6470}</style></head><body>
<h1>{{ words.title }}</h1>
<p>{{ words.about.format(company=company, person=person, day=day) }}</p>
{% for kind, group in records.items() %}<h2>{{ group.label }} ({{ group.rows | length }})</h2>
{% for row in group.rows %}<table>{% for one in row.fields %}
<tr><th scope="row">{{ one.label }}</th><td>{{ one.value }}</td></tr>{% endfor %}
</table>{% endfor %}{% endfor %}
{% if files %}<h2>{{ words.files }}</h2><ul>{% for one in files %}
<li><a href="{{ one | urlencode }}">{{ one }}</a></li>{% endfor %}</ul>{% endif %}</body></html>
"""
_WORDS = {
    "fr": {
        "title": "Vos données personnelles",
        "about": "Ce que {company} conserve au sujet de {person}, au {day}.",
        "files": "Documents",
    },
    "en": {
        "title": "Your personal data",
        "about": "What {company} holds about {person}, on {day}.",
        "files": "Documents",
    },
}
_ENVIRONMENT = Environment(autoescape=True)
_README = """{name}.zip holds the data; {name}.zip.sig is its signature (Ed25519, RFC 8032, 64 bytes).

To check that nothing was changed since, with OpenSSL 3 and the public key of who signed:

    openssl pkeyutl -verify -pubin -inkey export-key.pem -rawin -in {name}.zip -sigfile {name}.zip.sig

Compare export-key.pem with the key that the company publishes or tells you: anybody can make one.
Within the archive, `sha256sum -c SHA256SUMS` checks each file.
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A row about the person."""

    kind: str
    label: str
    """What people call such rows, in the reader's language."""
    id: str
    fields: dict[str, Any]
    words: dict[str, str]
    """What each field tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into an archive."""

    name: str
    company: str
    person: str
    language: str
    on: date
    request: dict[str, Any]
    rows: list[Held]
    files: dict[str, bytes] = field(default_factory=dict)
    readable: bool = True


def packed(contents: Contents) -> bytes:
    """The archive; the same bytes for the same contents."""
    grouped: dict[str, dict[str, Any]] = {}
    for row in contents.rows:
        group = grouped.setdefault(row.kind, {"label": row.label, "rows": []})
        group["rows"].append(row)
    files = {"data.json": orjson.dumps(_data(contents, grouped), option=_INDENTED)}
    if contents.readable:
        files["index.html"] = _page(contents, grouped).encode()
    files |= {f"documents/{name}": one for name, one in sorted(contents.files.items())}
    files["README.txt"] = _README.format(name=contents.name).encode()
    sums = {name: hashlib.sha256(one).hexdigest() for name, one in files.items()}
    manifest = [{"path": n, "size": len(files[n]), "sha256": one} for n, one in sums.items()]
    files["manifest.json"] = orjson.dumps({"files": manifest}, option=_INDENTED)
    files["SHA256SUMS"] = "".join(f"{one}  {name}\n" for name, one in sums.items()).encode()
    return _zipped(files)


def _data(contents: Contents, grouped: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "request": contents.request,
        "company": contents.company,
        "generated_on": contents.on.isoformat(),
        "records": {
            kind: [{"id": row.id, **row.fields} for row in group["rows"]]
            for kind, group in grouped.items()
        },
    }


def _page(contents: Contents, grouped: dict[str, dict[str, Any]]) -> str:
    groups = {
        kind: {
            "label": group["label"],
            "rows": [{"fields": list(_shown(row))} for row in group["rows"]],
        }
        for kind, group in grouped.items()
    }
    return _ENVIRONMENT.from_string(_PAGE).render(
        words=_WORDS[contents.language],
        language=contents.language,
        company=contents.company,
        person=contents.person,
        day=contents.on.isoformat(),
        records=groups,
        files=[f"documents/{name}" for name in sorted(contents.files)],
    )


def _shown(row: Held) -> Any:
    for name, value in row.fields.items():
        if value not in (None, "", [], {}):
            text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
            yield {"label": row.words.get(name, name), "value": text}


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files.items():
            one = zipfile.ZipInfo(name, _FIRST)
            one.external_attr = 0o644 << 16
            archive.writestr(one, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
