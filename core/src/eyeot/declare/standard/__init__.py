"""Standard verbs: written once, for every resource there will ever be."""

from collections.abc import Iterator

from eyeot.declare.action import Action
from eyeot.declare.resource import Resource
from eyeot.declare.standard.aggregate import Aggregate
from eyeot.declare.standard.attach import AttachDocument, ListDocuments
from eyeot.declare.standard.bulk import BulkCreate, BulkUpdate
from eyeot.declare.standard.comment import Comment, ListComments
from eyeot.declare.standard.duplicate import Duplicate
from eyeot.declare.standard.export import Export
from eyeot.declare.standard.imports import Import
from eyeot.declare.standard.read import Count, Get, History, List, Search
from eyeot.declare.standard.steps import steps
from eyeot.declare.standard.verb import Verb
from eyeot.declare.standard.write import Archive, Create, Delete, Restore, Update

STANDARD: dict[str, type[Verb]] = {
    verb.name: verb
    for verb in (
        List,
        Get,
        Search,
        Count,
        Aggregate,
        Export,
        Create,
        Update,
        Archive,
        Restore,
        Delete,
        Duplicate,
        History,
        AttachDocument,
        ListDocuments,
        Comment,
        ListComments,
        BulkCreate,
        BulkUpdate,
        Import,
    )
}
"""The verbs by name, in the order they are listed."""


def actions_of(resource: Resource) -> Iterator[Action]:
    """A resource's standard verbs and lifecycle steps, as far as the framework has them."""
    for name, verb in STANDARD.items():
        if name in resource.verbs:
            yield verb(resource).action()
    if resource.lifecycle:
        yield from steps(resource)


__all__ = ["STANDARD", "Verb", "actions_of"]
