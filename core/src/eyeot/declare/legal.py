"""Legal: what a company must say of itself on its papers (Code de commerce, art. R123-237 and R123-238)."""

from dataclasses import dataclass

from eyeot.declare.money import Money

_SPACE = "\u00a0"
_CAPITAL = {"fr": "{form} au capital de {amount}", "en": "{form}, capital {amount}"}
_REGISTER = {"fr": "SIREN {siren} RCS {city}", "en": "SIREN {siren}, trade register of {city}"}
_TAX = {"fr": "TVA {number}", "en": "VAT {number}"}
_SIGNS = {"EUR": "€"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A company as registers know it."""

    name: str
    form: str | None = None
    capital: Money | None = None
    siren: str | None = None
    siret: str | None = None
    rcs_city: str | None = None
    vat_number: str | None = None
    naf_code: str | None = None

    def lines(self, language: str) -> list[str]:
        """What the foot of a paper says, part by part; a form that the name ends with is not said twice."""
        form = self.form or ""
        named = self.name if form and self.name.split()[-1:] == [form] else f"{self.name} {form}"
        if form and self.capital:
            named = _CAPITAL[language].format(form=named, amount=_amount(self.capital, language))
        told = [
            named,
            self._register(language),
            f"SIRET{_SPACE}{self.siret}" if self.siret else "",
            _TAX[language].format(number=self.vat_number) if self.vat_number else "",
            f"APE {self.naf_code}" if self.naf_code else "",
        ]
        return [one.strip() for one in told if one.strip()]

    def _register(self, language: str) -> str:
        if not self.siren:
            return ""
        siren = _SPACE.join((self.siren[:3], self.siren[3:6], self.siren[6:]))
        if not self.rcs_city:
            return f"SIREN {siren}"
        return _REGISTER[language].format(siren=siren, city=self.rcs_city)


def _amount(capital: Money, language: str) -> str:
    """A capital without cents, as registers write it."""
    sign = _SIGNS.get(capital.currency, capital.currency)
    grouped = f"{capital.amount:,.0f}"
    if language == "en":
        return f"{sign}{grouped}" if len(sign) == 1 else f"{sign}{_SPACE}{grouped}"
    return f"{grouped.replace(',', _SPACE)}{_SPACE}{sign}"
