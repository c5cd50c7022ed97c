"""Generated: ten made-up modules of fifteen resources each, to see what three thousand actions cost."""

from types import ModuleType, new_class
from typing import Annotated, Any, Literal
from uuid import UUID

from eyeot import Context, Input, Plugin, Record, Ref, Resource, action, field

NOUNS = """
vehicle|véhicule|m bicycle|vélo|m boat|bateau|m machine|machine|f sensor|capteur|m
recipe|recette|f ingredient|ingrédient|m menu|menu|m kitchen|cuisine|f oven|four|m
classroom|salle|f lesson|leçon|f pupil|élève|m teacher|enseignant|m diploma|diplôme|m
patient|patient|m nurse|infirmier|m ward|service|m vaccine|vaccin|m prescription|ordonnance|f
orchard|verger|m harvest|récolte|f tractor|tracteur|m field|parcelle|f seed|semence|f
flat|appartement|m tenant|locataire|m lease|bail|m inspection|inspection|f lift|ascenseur|m
concert|concert|m ticket office|billetterie|f stage crew|régie|f singer|chanteur|m tour|tournée|f
race|course|f runner|coureur|m medal|médaille|f stadium|stade|m referee|arbitre|m
garment|vêtement|m fabric|tissu|m tailor|tailleur|m pattern|patron|m fitting|essayage|m
bridge|pont|m crane|grue|f scaffold|échafaudage|m mason|maçon|m permit|permis|m
"""
KINDS = {"rental": "de location", "spare": "de secours", "seasonal": "de saison"}
BUSINESS = {
    "certify": ("Certify", "Certifier"),
    "repair": ("Send to repair", "Envoyer en réparation"),
}
MODULES = 10


def plugins() -> list[Plugin]:
    """The modules, with their records, standard verbs and business actions."""
    nouns = [one.rsplit("|", 2) for one in _nouns()]
    each = len(nouns) // MODULES
    return [
        _plugin(f"made{number}", nouns[number * each : (number + 1) * each])
        for number in range(MODULES)
    ]


def _nouns() -> list[str]:
    parts = NOUNS.replace("\n", " ").split(" ")
    found: list[str] = []
    for part in filter(None, parts):
        if found and found[-1].count("|") < 2:
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def _plugin(name: str, nouns: list[list[str]]) -> Plugin:
    module = ModuleType(name)
    for en, fr, gender in nouns:
        for kind, more in KINDS.items():
            _declare(module, f"{kind} {en}", f"{fr} {more}", gender)
    return Plugin(name=name, doc=f"Made-up module {name}.", modules=(module,))


def _declare(module: ModuleType, en: str, fr: str, gender: str) -> None:
    noun = en.replace(" ", "_")
    record = _record(f"{module.__name__}.{noun}", en)
    plural = f"{fr.partition(' ')[0]}s {fr.partition(' ')[2]}"
    resource = Resource(
        record,
        profile="master",
        en=f"{en}; {en}s",
        fr=f"{fr}; {plural}",
        gender="f" if gender == "f" else "m",
    )
    setattr(module, noun, resource)
    for verb, (said_en, said_fr) in BUSINESS.items():
        made = _business(record, verb, f"{said_en} a {en}", f"{said_fr} un {fr}")
        setattr(module, f"{verb}_{noun}", made)


def _record(name: str, en: str) -> type[Record]:
    def body(space: dict[str, Any]) -> None:
        space["__doc__"] = f"A {en}."
        space["__module__"] = __name__
        space["__annotations__"] = {
            "name": str,
            "status": Literal["new", "used", "gone"],
            "colour": str | None,
            "weight": int | None,
            "owner_id": UUID | None,
        }
        space["name"] = field("Its name.", max_length=200)
        space["status"] = field("Where it stands.", default="new")
        space["colour"] = field("Its colour.", max_length=60, default=None)
        space["weight"] = field("Its weight in grams.", default=None)
        space["owner_id"] = field("Who looks after it.", default=None)

    number = len(_made)
    _made.append(name)
    facts = {"name": name, "prefix": f"g{_letters(number)}", "search": ("name",)}
    return new_class(name.title().replace(".", "").replace("_", ""), (Record,), facts, body)


_made: list[str] = []


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + digit) for digit in divmod(number, 26))


def _business(record: type[Record], verb: str, en: str, fr: str) -> Any:
    kind = record.meta.name
    identifier = Annotated[UUID, Ref(kind)]

    class Which(Input):
        """One, and why."""

        id: identifier
        reason: str = ""

    async def run(ctx: Context, data: Which) -> Record:
        """Do it to one."""
        found: Record = await ctx.get(record, data.id, lock=True)
        return found

    run.__annotations__ = {"ctx": Context, "data": Which, "return": record}
    return action(f"{kind}.{verb}", risk="w", en=en, fr=fr, record=record)(run)
