"""Document templates: a house's own look, in versions, of which papers take the default one."""

import base64
import io

from pypdf import PdfReader

from core.tests.papers.sample import RED
from eyeot.testing import Desk, House

TARGET = {"target": "core.letter", "locale": "fr"}


async def _published(call: Desk, name: str = "Papier", **more: str) -> str:
    made = await call("core.document_template.create", name=name, **TARGET, **more)
    await call("core.document_template.publish", template_id=made["id"])
    return str(made["id"])


async def _text(call: Desk, template: str) -> str:
    company = (await call("core.organization.list"))["items"][0]["id"]
    shown = await call("core.document_template.preview", template_id=template, record_ref=company)
    made = base64.b64decode(shown["content"])
    assert len(made) == shown["size"]
    return "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(made)).pages)


async def test_a_preview_shows_the_record_in_the_houses_words(house: House, call: Desk) -> None:
    company = (await call("core.organization.list"))["items"][0]
    logo = await call(
        "core.document.create", filename="logo.png", content=base64.b64encode(RED).decode()
    )
    made = await call(
        "core.document_template.create",
        name="Papier",
        **TARGET,
        intro="À {{recipient.name}}, ce {{date}} : {{title}}.",
        footer="Maison fondée en 1921",
        logo_id=logo["id"],
    )

    told = await _text(call, made["id"])

    assert company["legal_name"] in told
    assert ": Lettre." in told
    assert "Maison fondée en 1921" in told
    assert "BROUILLON" in told


async def test_what_a_template_names_must_be_there(call: Desk) -> None:
    for wrong, path in (
        ({"target": "core.nothing"}, "target"),
        ({"intro": "{{customer.iban}}"}, "intro"),
        ({"accent": "red;}"}, "accent"),
        ({"hidden_columns": ["total"]}, "hidden_columns"),
    ):
        given = {"name": "Papier", **TARGET, **wrong}
        refused = await call.refused("core.document_template.create", **given)
        assert (refused["code"], refused["errors"][0]["path"]) == ("invalid", path)


async def test_versions_follow_each_other_and_the_default_moves_along(call: Desk) -> None:
    first = await _published(call)
    refused = await call.refused("core.document_template.update", id=first, intro="Bonjour")
    assert refused["code"] in ("state_refused", "conflict")

    copy = await call("core.document_template.duplicate", id=first, name="Papier")
    assert (copy["revision"], copy["status"], copy["is_default"]) == (2, "draft", False)
    await call("core.document_template.update", id=copy["id"], intro="Bonjour")
    second = await call("core.document_template.publish", template_id=copy["id"])
    before = await call("core.document_template.get", id=first)

    assert (second["status"], second["is_default"]) == ("published", True)
    assert (before["status"], before["is_default"]) == ("superseded", False)
    again = await call.refused("core.document_template.publish", template_id=first)
    assert again["code"] == "state_refused"


async def test_one_template_at_a_time_is_the_default(call: Desk) -> None:
    first, other = await _published(call), await _published(call, "Fêtes")
    draft = await call("core.document_template.create", name="Essai", **TARGET)

    assert (await call("core.document_template.get", id=other))["is_default"] is False
    chosen = await call("core.document_template.set_default", template_id=other)
    assert chosen["is_default"] is True
    assert (await call("core.document_template.get", id=first))["is_default"] is False
    refused = await call.refused("core.document_template.set_default", template_id=draft["id"])
    assert refused["code"] == "state_refused"


async def test_variables_are_told_by_their_dotted_names(call: Desk) -> None:
    [letter] = (await call("core.document_template.list_variables", target="core.letter"))[
        "targets"
    ]

    names = {one["name"]: one["type"] for one in letter["variables"]}
    assert names["recipient.name"] == "string"
    assert names["date"] == "date"
    assert letter["label"] == {"en": "letter", "fr": "lettre"}
