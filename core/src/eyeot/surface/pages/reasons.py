"""Reasons: what is wrong with a field or a step, for who reads French; what has no words here is None."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_FIELDS = {
    "email": "adresse e-mail",
    "display_name": "nom",
    "name": "nom",
    "description": "description",
    "scopes": "droits",
    "permissions": "droits",
    "permission": "droit",
    "ceiling": "plafond",
    "expires_at": "échéance",
    "ip_allowlist": "réseaux",
    "owner_id": "personne",
    "agent_id": "agent",
    "user_id": "personne",
    "role_id": "rôle",
    "role_ids": "rôles",
    "lead_id": "responsable",
    "deputy_id": "remplaçant",
    "hand_over_to": "repreneur",
    "away_from": "premier jour d'absence",
    "away_to": "dernier jour d'absence",
    "overlap_hours": "durée de recouvrement",
    "approval_policy": "règle d'approbation",
    "spend_limit": "plafond par appel",
    "daily_spend_limit": "plafond par jour",
    "locale": "langue",
    "reason": "motif",
    "note": "repère",
    "vendor": "éditeur",
    "purpose": "usage",
    "key": "licence",
    "amount": "montant",
}
_REASONS: tuple[tuple[str, str], ...] = (
    (r"Field required", "à renseigner"),
    (r"String should have at least 1 character", "à renseigner"),
    (r"(?:String|Value) should have at most (\d+) .*", r"\1 signes au plus"),
    (r"(?:List|Value) should have at least 1 item .*", "choisissez-en au moins un"),
    (r"List should have at most (\d+) items.*", r"\1 au plus"),
    (r"Input should be greater than or equal to (\S+)", r"\1 au moins"),
    (r"Input should be less than or equal to (\S+)", r"\1 au plus"),
    (r"between (\d+) and (\d+)", r"entre \1 et \2"),
    (r"Input should be a valid (?:integer|number|decimal).*", "un nombre est attendu"),
    (r"Input should be a valid (?:date|datetime).*", "une date est attendue, comme 2026-12-31"),
    (r"Input should be .*", "valeur non admise"),
    (r"write the day as (\S+)", r"écrivez la date ainsi : \1"),
    (r"lies in the past", "est déjà passée"),
    (r"lies outside the calendar", "est hors du calendrier"),
    (r"nobody gives what they do not hold: (.+)", r"on ne donne que ce qu'on détient : \1"),
    (r"only its person lets it do more: (.+)", r"seule sa personne peut l'autoriser à plus : \1"),
    (r"name each permission, so that it can be read: not (.+)", r"nommez chaque droit, et non \1"),
    (r"choose at least one: .*", "choisissez-en au moins un"),
    (r"(.+) is not a permission; write .*", r"\1 n'est pas un droit"),
    (r"is for a key that is made for an agent", "ne vaut que pour une clé faite pour un agent"),
    (r"everybody connects apps in their own name only", "chacun ne connecte que pour lui-même"),
    (r"is an amount of 0 or more", "un montant positif ou nul est attendu"),
    (r"Not a network; write it as (\S+?)\.", r"ce n'est pas un réseau ; écrivez par exemple \1"),
    (r".*email address.*|.*@-sign.*", "ce n'est pas une adresse e-mail"),
    (r"holds a character that text cannot hold.*", "contient un signe qui n'est pas du texte"),
    (r"is no licence: .*", "ce n'est pas une licence"),
    (r"ended on (\S+)", r"a pris fin le \1"),
    (r"is made out to (.+); this organisation is (.+)", r"est établie pour \1 ; vous êtes \2"),
)
_CONFLICTS: tuple[tuple[str, str], ...] = (
    (
        r"(\S+) was invited or works here already\.",
        r"\1 est déjà invité ou travaille déjà ici.",
    ),
    (
        r"This (.+) cannot be given to a \S+: it is taken\.",
        r"Un autre porte déjà la même valeur : choisissez-en une différente.",
    ),
    (
        r"Nobody gives what they do not hold: (.+)\.",
        r"On ne donne que ce qu'on détient soi-même : \1.",
    ),
    (
        r"The last owner who can act .*",
        "Le dernier propriétaire garde son rôle. Donnez-le d'abord à quelqu'un d'autre.",
    ),
    (
        r"The last person who can administer .*",
        "Le dernier administrateur garde son rôle. Donnez-le d'abord à quelqu'un d'autre.",
    ),
    (r"The owner's role cannot be changed\.", "Le rôle de propriétaire ne se modifie pas."),
    (r"This app is not connected any more\.", "Cette application n'est plus connectée."),
    (r"A key stays with its agent, .*", "Une clé reste à son agent ; faites-en une pour l'autre."),
    (
        r"This agent was archived, which is for good\.",
        "Cet agent est archivé, ce qui est définitif.",
    ),
    (r"Nobody can be their own deputy\.", "Personne ne peut se remplacer soi-même."),
    (r"The absence ends before it begins\.", "L'absence finit avant de commencer."),
    (
        r"Only an active user can take work over\.",
        "Seule une personne en poste peut reprendre ce travail.",
    ),
    (r"The core stays: .*", "Le cœur reste en service : tout le reste repose dessus."),
    (r"It needs (.+), which is not in use here\.", r"Il a besoin de \1, qui n'est pas en service."),
    (r"(.+) cannot work without it\.", r"\1 en a besoin."),
    (r"This user does not hold that role\.", "Cette personne ne détient pas ce rôle."),
    (r"This user is not in that team\.", "Cette personne n'est pas dans cette équipe."),
    (r"This user has no second factor\.", "Cette personne n'a pas de second facteur."),
    (
        r"Their account works in other organisations too, .*",
        "Ce compte travaille aussi dans d'autres organisations et ne vous appartient pas.",
    ),
    (
        r"The present licence was signed later, .*",
        "La licence en place a été signée plus tard que celle-ci.",
    ),
    (
        r"A (.+) still refers to it, so it cannot be deleted\.",
        r"D'autres éléments en dépendent encore (\1).",
    ),
)


def of_fields(errors: Iterable[Mapping[str, Any]]) -> tuple[str, bool]:
    """The wrong fields with their reasons, and whether every reason has words."""
    told, known = [], True
    for one in errors:
        found = _in(_REASONS, str(one["reason"]))
        known = known and found is not None
        field = _field(str(one.get("path") or ""))
        told.append(" : ".join(part for part in (field, found) if part))
    return " ; ".join(one for one in dict.fromkeys(told) if one), known


def of_conflict(reason: str) -> str | None:
    """Why something contradicts what is there."""
    return _in(_CONFLICTS, reason)


def _field(path: str) -> str:
    """A field as forms call it: what stands last in its path that has a name."""
    parts: Iterator[str] = (part for part in reversed(path.split(".")) if not part.isdigit())
    last = next(parts, "")
    return _FIELDS.get(last, last)


def _in(known: Iterable[tuple[str, str]], text: str) -> str | None:
    for pattern, french in known:
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return found.expand(french)
    return None
