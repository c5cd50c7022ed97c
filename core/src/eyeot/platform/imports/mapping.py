"""Mapping: which column of a file is which field, from its name."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from rapidfuzz import fuzz

from eyeot.declare.field import Field
from eyeot.declare.problem import NotFound
from eyeot.declare.record import Record, records
from eyeot.declare.record import shown as fields_of
from eyeot.platform.imports.values import argument

SURE = 0.95
LIKELY = 0.72
_WORDS = re.compile(r"[a-z0-9]+")
_FRENCH: dict[str, tuple[str, ...]] = {
    "raison sociale;societe;entreprise;denomination;nom du client;client": ("name", "company_name"),
    "nom;nom complet": ("name", "last_name", "person_name", "title"),
    "nom de famille": ("last_name",),
    "prenom": ("first_name",),
    "intitule;titre;objet;libelle;sujet": ("title", "name", "subject"),
    "enseigne;nom commercial": ("trade_name",),
    "courriel;e mail;mail;adresse mail;adresse e mail;email": ("email", "emails"),
    "telephone;tel;portable;mobile;phone": ("phone", "phones"),
    "site web;site internet;site;url": ("website",),
    "adresse;rue;voie;adresse 1": ("addresses.line1", "line1", "address"),
    "complement d adresse;adresse 2": ("addresses.line2", "line2"),
    "code postal;cp": ("addresses.postcode", "postcode"),
    "ville;commune": ("addresses.city", "city"),
    "pays": ("addresses.country", "country"),
    "no tva;numero de tva;tva intracommunautaire;n tva;tva": ("vat_number",),
    "code naf;code ape;naf;ape": ("naf_code",),
    "chiffre d affaires;ca": ("annual_revenue",),
    "montant;total;prix": ("amount", "price", "budget"),
    "budget": ("budget",),
    "date de cloture;echeance": ("expected_close", "expected_close_on", "due_at", "due_on"),
    "commercial;responsable;proprietaire;vendeur": ("owner_id",),
    "equipe": ("team_id",),
    "fonction;poste": ("job_title", "position"),
    "secteur;activite": ("industry", "sector"),
    "langue": ("language", "locale"),
    "statut;etat": ("status",),
    "commentaire;remarque;note;notes;description": ("description", "note", "notes", "body"),
    "etiquettes;mots cles": ("tags",),
    "provenance;origine;source": ("source",),
    "effectif;salaries": ("headcount", "employees"),
}
_MEANT = {word: fields for words, fields in _FRENCH.items() for word in words.split(";")}


def target(name: str) -> type[Record]:
    """The record that rows of this resource become."""
    found = records.get(name)
    if found is None:
        raise NotFound(kind="resource", id=name, lookup="core.module.list_actions")
    return found


@dataclass(frozen=True, slots=True)
class Guess:
    """The field that a column probably is, and how sure that is, from 0 to 1."""

    column: str
    field: str
    confidence: float


def plain(text: str) -> str:
    """Words in small letters without accents or signs."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(_WORDS.findall(bare))


Holds = Callable[[str], bool]
"""Whether the caller holds a permission: a field that they may not see does not exist for them."""


def anything(_: str) -> bool:
    """Of a caller who holds every permission."""
    return True


def targets(record: type[Record], holds: Holds = anything) -> dict[str, Field]:
    """The fields that an import can fill, with the parts of those that have parts: `addresses.city`."""
    meta = record.meta
    own = dict(meta.fields)
    if meta.inline:
        other = meta.inline.record.meta.fields
        own |= {n: other[n] for n in meta.inline.names}
        own.pop(meta.inline.field, None)
    found: dict[str, Field] = {}
    for name, one in own.items():
        if one.access not in ("write", "create") or name == "id":
            continue
        if one.sensitive and not holds(one.sensitive):
            continue
        found[name] = one
        for part in _parts(one):
            found[f"{name}.{part}"] = one
    return found


def _parts(one: Field) -> tuple[str, ...]:
    args = getattr(one.type, "__args__", ())
    model = next((a for a in args if isinstance(a, type) and issubclass(a, BaseModel)), None)
    return tuple(model.model_fields) if one.kind == "json" and model else ()


def guessed(record: type[Record], columns: list[str], holds: Holds = anything) -> list[Guess]:
    """The best field for each column, none twice; a column that fits nothing is left out."""
    known = targets(record, holds)
    own = {one.name for one in fields_of(record.meta)}
    scored = [
        Guess(column, field, round(score, 2))
        for column in columns
        for field in known
        # A column named as a field is that field, be it one that an import cannot fill.
        if column == field or column not in own
        if (score := _alike(column, field, known)) >= LIKELY
    ]
    found: list[Guess] = []
    for one in sorted(scored, key=lambda guess: (-guess.confidence, len(guess.field))):
        if all(one.column != g.column and not clash(one.field, g.field) for g in found):
            found.append(one)
    return sorted(found, key=lambda guess: columns.index(guess.column))


def clash(one: str, other: str) -> bool:
    """Whether two fields cannot both be filled: the same, or one a part of the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _alike(column: str, field: str, known: dict[str, Field]) -> float:
    said = plain(column)
    if column == field or said == plain(field):
        return 1.0
    meant = _MEANT.get(said, ())
    if field in meant:
        # The first that the record has is the likeliest.
        first = next(one for one in meant if one in known)
        return SURE if field == first else 0.8
    last = plain(field.rpartition(".")[2])
    return max(fuzz.ratio(said, last), fuzz.token_sort_ratio(said, last)) / 100 * 0.95


def arguments(
    row: dict[str, Any], mapping: dict[str, str], known: dict[str, Field], currency: str
) -> dict[str, Any]:
    """What the create action is called with for a row."""
    found: dict[str, Any] = {}
    for column, field in mapping.items():
        value = row.get(column)
        if value in (None, ""):
            continue
        name, _, part = field.partition(".")
        if part:
            # Parts of one line make one element: a file has one address a line.
            found.setdefault(name, [{}])[0][part] = str(value).strip()
        else:
            found[name] = argument(known[field], value, currency)
    return found


def shown(
    row: dict[str, Any], mapping: dict[str, str], holds: Holds, known: dict[str, Field]
) -> dict[str, Any]:
    """A row without the columns of fields that the caller may not see."""
    needed = {column: known[field].sensitive for column, field in mapping.items() if field in known}
    return {n: v for n, v in row.items() if not needed.get(n) or holds(needed[n] or "")}


def missing(record: type[Record], mapping: dict[str, str]) -> list[str]:
    """The required fields that no column fills."""
    filled = {one.partition(".")[0] for one in mapping.values()}
    return [
        n for n, one in targets(record).items() if one.required and n not in filled and "." not in n
    ]
