"""Passwords: Argon2id, checked beside the event loop; an unknown person costs what a known one does."""

import asyncio
import itertools
import re
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
"""Characters: long rather than mixed (NIST SP 800-63B §5.1.1.2, OWASP ASVS 5 §6.2)."""
_HASHER = PasswordHasher()
# Each takes 64 MiB and a core for some milliseconds; more at once would starve the calls of agents.
_AT_ONCE = ThreadPoolExecutor(2, "password")


async def hashed(password: str) -> str:
    """What is stored of a password."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_AT_ONCE, _HASHER.hash, _typed(password))


async def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the one stored; as slow where none is, so that nobody learns of that."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_AT_ONCE, _matches, stored, password)


def warm() -> asyncio.Future[str]:
    """Make what nobody's password is compared with, so that the first unknown person costs no more."""
    return asyncio.get_running_loop().run_in_executor(_AT_ONCE, _nobodys)


def _matches(stored: str | None, password: str) -> bool:
    # As slow for what cannot be one, of which no more is looked at than of the longest.
    try:
        _HASHER.verify(stored or _nobodys(), _typed(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def _typed(password: str) -> str:
    """The same, whichever keyboard it was typed on (NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def outdated(stored: str) -> bool:
    """Whether it was hashed with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody")


Weakness = Literal["short", "long", "common", "alike"]
_COMMON = frozenset(
    [
        "password",
        "passwort",
        "passw",
        "motdepasse",
        "mdp",
        "azerty",
        "azertyuiop",
        "qwerty",
        "qwertyuiop",
        "qwertz",
        "asdfghjkl",
        "wxcvbn",
        "zxcvbnm",
        "admin",
        "administrateur",
        "administrator",
        "root",
        "user",
        "utilisateur",
        "test",
        "demo",
        "secret",
        "welcome",
        "bienvenue",
        "bonjour",
        "hello",
        "salut",
        "soleil",
        "sunshine",
        "princess",
        "princesse",
        "doudou",
        "chouchou",
        "loulou",
        "amour",
        "iloveyou",
        "jetaime",
        "football",
        "dragon",
        "monkey",
        "letmein",
        "entrer",
        "master",
        "maitre",
        "super",
        "changeme",
        "changezmoi",
        "chocolat",
        "nicolas",
        "marseille",
        "paris",
        "lyon",
        "france",
        "superman",
        "batman",
        "starwars",
        "pokemon",
        "naruto",
        "trustno",
        "whatever",
        "michael",
        "thomas",
        "camille",
        "marie",
        "abc",
        "abcdef",
        "abcdefgh",
        "eyeot",
        "erp",
        "comptabilite",
        "entreprise",
        "societe",
        "company",
        "bureau",
        "office",
        "facture",
        "invoice",
        "janvier",
        "fevrier",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "aout",
        "septembre",
        "octobre",
        "novembre",
        "decembre",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "printemps",
        "ete",
        "automne",
        "hiver",
        "spring",
        "summer",
        "autumn",
        "winter",
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
)
"""What common passwords of this length are made of (SecLists, CNIL): repeated, numbered or with a year."""
_LEET = str.maketrans("013457@$!|€", "oieastasiie")
_FEWEST_SIGNS = 5
_LEAST_BESIDE = 4
_SHORTEST_PART = 3
_LEAST_OWN = 8
_LEAST_DIGITS = 20


def weakness(password: str, about: Iterable[str] = ()) -> Weakness | None:
    """Why a password is not taken; `about`: what others know of the person: e-mail, names, organisations."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    plain = _plain(_typed(password))
    numbers = plain.isdecimal() and len(plain) < _LEAST_DIGITS
    if len(set(plain)) < _FEWEST_SIGNS or _runs(plain) or numbers:
        return "common"
    if 0 <= _own(plain, _COMMON) < _LEAST_BESIDE:
        return "common"
    known = {part for one in about for part in re.split(r"[\W_]+", _plain(one))}
    known = {part for part in known if len(part) >= _SHORTEST_PART}
    return "alike" if 0 <= _own(plain, known) < _LEAST_OWN else None


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _own(text: str, words: Iterable[str]) -> int:
    """How many letters are left without these words, however they are disguised; -1 where none is in it."""
    forms = (text, text.translate(_LEET))
    cut = [_cut(form, words) for form in forms]
    if all(before == after for before, after in zip(forms, cut, strict=True)):
        return -1
    return min(len(re.sub(r"[\W\d_]+", "", one)) for one in cut)


def _cut(text: str, words: Iterable[str]) -> str:
    for one in sorted(words, key=len, reverse=True):
        text = text.replace(one, "")
    return text


def _runs(text: str) -> bool:
    """Whether it is one row of the alphabet, of digits or of a short part that is repeated."""
    steps = {ord(b) - ord(a) for a, b in itertools.pairwise(text)}
    if steps <= {0, 1} or steps <= {0, -1}:
        return True
    return any(text == (text[:n] * len(text))[: len(text)] for n in range(1, len(text) // 2 + 1))
