"""Standard verbs: written once, for every resource there will ever be."""

from eyeot.declare.standard.read import Count, Get, History, List, Search
from eyeot.declare.standard.steps import steps
from eyeot.declare.standard.verb import Verb
from eyeot.declare.standard.write import Archive, Create, Delete, Restore, Update

STANDARD: dict[str, type[Verb]] = {
    verb.name: verb
    for verb in (List, Get, Search, Count, Create, Update, Archive, Restore, Delete, History)
}
"""The verbs by name, in the order they are listed."""

__all__ = ["STANDARD", "Verb", "steps"]
