"""Decision: from a case to the rule that decides it."""

from dataclasses import dataclass
from functools import cache

from eyeot_sales.data import table
from eyeot_sales.taxes.cases import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the decision table."""

    id: str
    when: dict[str, frozenset[str]]
    article: str
    """Where the law says so."""
    en: str
    fr: str
    give: str = ""
    """What applies; empty where nothing can be said."""
    refuse: str = ""
    """Why nothing can be said."""
    remedy: str = ""

    def told(self, language: str) -> str:
        """Why, in French or English."""
        return self.fr if language.startswith("fr") else self.en


@cache
def rules() -> tuple[Rule, ...]:
    """The table, in its order."""
    return tuple(
        Rule(**{**one, "when": {fact: frozenset(fits) for fact, fits in one["when"].items()}})
        for one in table("taxes", "decision")["rule"]
    )


def decide(case: Case) -> Rule:
    """The first rule that fits; the table has one for every case."""
    facts = {
        "direction": case.direction,
        "flow": case.flow,
        "nature": case.nature,
        "buyer": case.buyer,
        "scheme": case.scheme,
        "treatment": case.treatment,
        "distance": "yes" if case.distance else "no",
    }
    for rule in rules():
        if all(facts[fact] in fits for fact, fits in rule.when.items()):
            return rule
    raise LookupError(f"no rule decides {facts}")
