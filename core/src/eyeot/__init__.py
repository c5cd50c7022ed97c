"""Eyeot: the ERP that AI agents can be trusted with. These names are what plugins are written with."""

from eyeot.declare.access import Access, Reach
from eyeot.declare.action import Action, action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.blocks import Audio, EmbeddedResource, Image, ResourceLink
from eyeot.declare.context import Context
from eyeot.declare.event import Event, RecordEvent, after, within
from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs, earlier, fewer, to
from eyeot.declare.hookspecs import hookimpl
from eyeot.declare.identifiers import Shows
from eyeot.declare.inputs import InputRequest, InputRequired, Inputs
from eyeot.declare.lifecycle import ANY, Lifecycle, by_hand, step
from eyeot.declare.model import Input, Output, Ref, Secret
from eyeot.declare.money import Exact, Money
from eyeot.declare.notice import Notice
from eyeot.declare.plugin import Plugin
from eyeot.declare.privacy import Privacy
from eyeot.declare.problem import Conflict, Invalid, NotFound, Problem, StateRefused, invalid
from eyeot.declare.prompt import Localized, Prompt, PromptArgument, Reading
from eyeot.declare.reach import Attached, Held, Organisation, Owned, Private, Shared, Through
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.declare.tool import McpResource, Tool

__all__ = [
    "ANY",
    "Access",
    "Action",
    "Attached",
    "Audio",
    "Conflict",
    "Context",
    "EmbeddedResource",
    "Event",
    "Exact",
    "Governs",
    "Held",
    "Image",
    "Input",
    "InputRequest",
    "InputRequired",
    "Inputs",
    "Invalid",
    "Lifecycle",
    "Localized",
    "McpResource",
    "Money",
    "NotFound",
    "Notice",
    "Organisation",
    "Output",
    "Owned",
    "Plugin",
    "Privacy",
    "Private",
    "Problem",
    "Prompt",
    "PromptArgument",
    "Reach",
    "Reading",
    "Record",
    "RecordEvent",
    "RecordRef",
    "Ref",
    "Resource",
    "ResourceLink",
    "Secret",
    "Shared",
    "Shows",
    "StateRefused",
    "Through",
    "Tool",
    "action",
    "after",
    "by_hand",
    "earlier",
    "fewer",
    "field",
    "hookimpl",
    "invalid",
    "ref",
    "step",
    "to",
    "within",
]
