"""Intent: whether somebody wants to see something or to do something."""

import re
from collections.abc import Collection, Iterable, Iterator
from enum import Enum

from eyeot.declare.action import Action
from eyeot.surface.mcp.lexicon import VERB, meanings, states
from eyeot.surface.mcp.verbs import HEADS
from eyeot.surface.mcp.words import LANGUAGES, STOP, asked, stem, tokens

_READS = frozenset(
    {"list", "get", "search", "count", "aggregate", "export", "history"}
    | {"list_documents", "list_comments"}
)
_VIEWING = """
list liste lister show montre montrer affiche afficher which quel quels quelle quelles
filter filtrer browse voir view display see consulter
"""
VIEWING = frozenset(_VIEWING.split())
"""Words that ask to see, and tell nothing of what."""
_POLITE = """
please i we you je tu on nous il faut veux voudrais want need would like to can could peux
pouvez vous me moi let s d j fais fait the a an le la les un une de des
"""
_BEFORE = frozenset(_POLITE.split())
_DOINGS = """
chase remind relance relancer send envoyer mark marquer start lancer launch run demarrer executer
put give donner get make declare declarer check keep
"""
_DOING = frozenset(_DOINGS.split())
_WHO = frozenset({"who", "qui"})
_NOUNS = frozenset({"new", "nouveau", "nouvelle", "record", "request", "mass", "book", "changes"})
"""Words of verbs that are as often said of a thing."""
_CHANGES = frozenset({"update", "delete", "create", "archive"})
_ARTICLES = frozenset({"a", "an", "the", "somebody", "someone", "another", "two"})
_POINTING = "this that these my our his her their la le les l un une ce cette"
_DETERMINING = frozenset(_POINTING.split()) | _ARTICLES
_PRONOUNS = frozenset({"la", "le", "les", "l"})
_OBJECT = frozenset({"it", "them"})
_INFINITIVES = ("er", "ir", "re")
_CHANGED = re.compile(
    r"(?:what|(?:qu est )?ce qui|quoi)(?: (?:s|has|have|had|was|were|been|got|a|ont|ete|est))*"
    r" (?:changed|modified|updated|edited|change|modifie)\b"
)
"""'What changed', 'qu'est-ce qui a changé'."""
_ASKED_OF_THE_PAST = re.compile(
    r"(?:what|which|when|where|who)(?: \w+)? (?:did|has|have|had|was|were)\b"
    r"|(?:qu|que|quand|ou) (?:a|ont|avait|avaient)\b"
)
"""'What did the agent do', 'qu'a fait l'agent': nobody asks so to have something done."""
_COUNTED = re.compile(r"\bnumbers?\b(?!\s+of\b)", re.IGNORECASE)


class Wish(Enum):
    """What a query asks for."""

    SEE = "see"
    DO = "do"
    TRACE = "trace"
    ANY = "any"


def imperatives_of(actions: Iterable[Action], nouns: Collection[str]) -> frozenset[str]:
    """The stems of the words, other than nouns, with which the labels of changing actions begin."""
    return frozenset(
        told for one in actions if not one.reads for told in orders_of(one, STOP | set(nouns))
    )


def orders_of(action: Action, none: Collection[str] = STOP) -> frozenset[str]:
    """The stems of the words, without some, by which its labels tell to do it."""
    return frozenset(
        stem(word, language)
        for word, language in _heads(action)
        if word not in none and word not in states() and not _only_reads(_verbs(word))
    )


def _only_reads(verbs: set[str]) -> bool:
    """Whether a word says to see and nothing else: 'lire' does, 'ouvrir' does not."""
    return bool(verbs) and verbs <= _READS


def _heads(action: Action) -> Iterator[tuple[str, str]]:
    """The first word of each label, and of the synonyms that begin with a verb."""
    for language in LANGUAGES:
        for said in (action.labels[language], *action.synonyms[language]):
            if is_order(said, language) or said == action.labels[language]:
                yield from ((word, language) for word in tokens(said)[:1])


def is_order(said: str, language: str, *, alone: bool = False) -> bool:
    """Whether a label begins with a verb; a single word only where that is one by itself."""
    words = tokens(said)
    if len(words) < 2:  # noqa: PLR2004
        return alone and bool(words) and bool(_verbs(words[0]))
    return words[0].endswith(_INFINITIVES) if language == "fr" else words[1] in _ARTICLES


def wish_of(
    query: str, imperatives: frozenset[str] = frozenset(), nouns: Collection[str] = frozenset()
) -> Wish:
    """To see records, to change one, to learn who did; or nothing that its words decide."""
    said = asked(query)
    if _CHANGED.match(" ".join(said)):
        return Wish.TRACE
    verbs = [_verbs(word) for word in said]
    if said and said[0] in _WHO and any(found & _CHANGES for found in verbs[1:]):
        return Wish.TRACE
    if _ASKED_OF_THE_PAST.match(" ".join(said)):
        return Wish.SEE
    head = next((at for at, word in enumerate(said) if word not in _BEFORE), None)
    if head is None:
        return Wish.ANY
    if said[head] in VIEWING or "count" in verbs[head]:
        return Wish.SEE
    if _orders(said[head:], imperatives, nouns):
        return Wish.DO
    return Wish.SEE if _names_several(said[head:]) else Wish.ANY


def _orders(said: list[str], imperatives: frozenset[str], nouns: Collection[str]) -> bool:
    """Whether it begins with an order, or with what an order follows on."""
    thing = _names_thing(said, nouns)
    if thing and _bids_after(said, imperatives, nouns):
        return True
    bidding = frozenset() if thing else imperatives
    return said[0] not in _NOUNS | states() and _bids(said[0], _verbs(said[0]), bidding)


def _names_thing(said: list[str], nouns: Collection[str]) -> bool:
    """Whether it begins with a noun: 'factures impayées' does, 'facture la commande' bids."""
    return said[0] in nouns and not _DETERMINING.intersection(said[1:2])


def _bids_after(said: list[str], imperatives: frozenset[str], nouns: Collection[str]) -> bool:
    """Whether an order follows what it names: 'the invoice is wrong: cancel it', 'la facture: la valider'."""
    return any(
        word not in nouns
        and _bids(word, _verbs(word), imperatives)
        and (after in _OBJECT or (before in _PRONOUNS and word.endswith(_INFINITIVES)))
        for before, word, after in zip(said, said[1:], [*said[2:], ""], strict=False)
    )


def _bids(word: str, verbs: set[str], imperatives: frozenset[str]) -> bool:
    return bool(verbs and not verbs & _READS) or bids(word, imperatives)


def bids(word: str, imperatives: frozenset[str]) -> bool:
    """Whether a word tells to do something that is no standard verb."""
    if word in _NOUNS:
        return False
    return word in _DOING or any(stem(word, one) in imperatives for one in LANGUAGES)


def _names_several(said: list[str]) -> bool:
    """'Customers by industry', 'lost deals', 'affaires perdues', 'deals we won'."""
    at = next((at for at, word in enumerate(said) if _is_plural(word)), None)
    if at is None:
        return False
    return at == 0 or not states().isdisjoint([said[0], *said[at + 1 :]])


def _is_plural(word: str) -> bool:
    return len(word) > 3 and word[-1] in "sx" and word[-2:] != "ss" and word not in states()  # noqa: PLR2004


def _verbs(word: str) -> set[str]:
    return {one[1:] for one in meanings(word) if one[0] == VERB and one[1:] in HEADS}


def plain(query: str, wish: Wish) -> str:
    """The query without the 'number' of a phone, and with 'history' for 'who changed'."""
    query = _COUNTED.sub(" ", query)
    if wish is not Wish.TRACE:
        return query
    kept = [word for word in tokens(query) if not _verbs(word) & _CHANGES]
    return " ".join(["history", *kept])
