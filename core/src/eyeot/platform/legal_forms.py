"""Legal forms: which of them have a capital and a trade register to tell."""

import re
import unicodedata

from eyeot.declare.dated import DatedRow, dated


class FormRow(DatedRow):
    """Legal forms that tell the same of themselves."""

    forms: list[str]
    capital: bool
    registered: bool
    article: str

    def fit(self, told: str) -> int:
        """By how many signs the form that is told begins with one of these; 0 for none."""
        return max((len(one) for one in map(_plain, self.forms) if _begins(told, one)), default=0)


FORMS = dated("eyeot.platform", "legal_forms.toml", FormRow, about="legal form")


def form_of(told: str | None) -> FormRow | None:
    """What the table says of a legal form today; none of one that it does not know."""
    plain = _plain(told or "")
    best = max(FORMS, key=lambda one: (one.fit(plain), one.valid_from))
    return best if best.fit(plain) else None


def _begins(told: str, form: str) -> bool:
    return told == form or told.startswith(f"{form} ")


def _plain(text: str) -> str:
    """Without accents, dots and capitals: "S.A.R.L." is "sarl", "Micro-entreprise" one word."""
    bare = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[.\-]", "", bare).replace("'", " ").split())
