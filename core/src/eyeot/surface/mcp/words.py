"""Words: texts in French and English as comparable terms."""

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

_LETTERS = {"œ": "oe", "æ": "ae", "ß": "ss", "\N{RIGHT SINGLE QUOTATION MARK}": "'"}
_TOKEN = re.compile(r"[a-z0-9]+")
_STEMMERS = {
    lang: snowballstemmer.stemmer(name) for lang, name in (("fr", "french"), ("en", "english"))
}
LANGUAGES = tuple(_STEMMERS)
_SHORTEST_STEM = 4
_APART = {
    "regle": "regle",
    "regles": "regle",
    "compta": "comptabilite",
    "accounting": "accounting",
    "mailing": "mailing",
    "mailings": "mailing",
    "organise": "organise",
    "organiser": "organise",
    "chiffrer": "chiffrage",
    "salary": "salary",
    "paie": "paie",
    "paies": "paie",
}
"""Words that a stemmer takes for others: a rule is no payment, accounting no account, pay no payment."""
_WORD = re.compile(r"[^\W\d_]+")

_STOP = """
a about am an and any are as at be but by can could did do does for from get give had has have he
her him his how i if in into is it its just let like ll me my need no now of on or our out please
re s she should so some t that the their them then there these they this those to too u up us ve
want was we were what where who whom why will with would you your ai ainsi alors apres au aucun
aussi autre aux avant avec avez avons c ca car ce cela ces cet cette ceux chez ci comme d
dans de deja depuis des doit dois donc dont du elle elles en encore entre est et etaient etait
etre eu eux fait faites faut il ils j je jusqu l la laquelle le lequel les leur leurs lors lui m
ma mais mes meme moi mon n ne ni nos notre nous ont ou par parce pas peu peut peux plus pour
pourquoi pouvez puis qu quand que qui quoi sa sans se ses si son sont sous souhaite sur ta te tes
toi ton tout toute tres tu un une va vers veut veux voici voila voudrais vos votre vous y not don
doesn isn own quel quelle somebody someone something anybody anyone quelqu quelque chose mme mr mlle
monsieur madame mrs ms per
"""
STOP = frozenset(_STOP.split())
"""Words that say nothing about what is wanted."""

_ENGLISH = "a an the this that these those my our your his her their its every each all it"
_DETERMINERS = frozenset(_ENGLISH.split())
_FRENCH = "je j tu il elle nous vous faire fait faut peut peux puis se s me m le la les ca est y en"
_AFTER_HOW = frozenset(_FRENCH.split())
"""What follows 'comment' in French, beside an infinitive."""
_ALIKE = """
re after over under for her per other another customer user order number offer supplier folder
partner owner member letter there here before where
"""
_NO_INFINITIVES = frozenset(_ALIKE.split())
"""English words that end like a French infinitive."""


def fold(text: str) -> str:
    """Lower case without accents, so that 'Créer' and 'creer' are one."""
    for letter, plain in _LETTERS.items():
        text = text.replace(letter, plain)
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def tokens(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    return _TOKEN.findall(fold(text))


def asked(text: str) -> list[str]:
    """The words of a query, without the French 'comment' that only asks how."""
    said = tokens(text)
    return [word for at, word in enumerate(said) if not _asks_how(said, at)]


def _asks_how(said: list[str], at: int) -> bool:
    """Whether a word is the 'comment' of 'comment créer', not that of 'comment on a deal'."""
    if said[at] != "comment" or at + 1 == len(said) or (at and said[at - 1] in _DETERMINERS):
        return False
    follows = said[at + 1]
    if follows == "on":
        # 'comment on crée un client', but 'comment on the deal' and 'comment on deals'.
        return at + 2 < len(said) and not (
            said[at + 2] in _DETERMINERS or said[at + 2].endswith("s")
        )
    return follows in _AFTER_HOW or (
        follows.endswith(("er", "ir", "re")) and follows not in _NO_INFINITIVES
    )


def content(text: str) -> list[str]:
    """Its words that mean something, each once; all of them when none does."""
    found = list(dict.fromkeys(tokens(text)))
    return [one for one in found if one not in STOP] or found


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word, marked with its language."""
    if len(word) < _SHORTEST_STEM or word.isdigit():
        # 'tva' or 'iban' mean the same in both languages.
        return word
    word = _APART.get(word, word)
    return f"{language}:{word if word in _APART else _STEMMERS[language].stemWord(word)}"


def names(text: str) -> set[str]:
    """The words written with a capital within a sentence: names of people and companies."""
    return {fold(word) for word in _WORD.findall(text)[1:] if word[0].isupper()}
