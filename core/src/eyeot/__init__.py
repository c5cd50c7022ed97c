"""Eyeot: the ERP that AI agents can be trusted with. These names are what plugins are written with."""

from eyeot.declare.access import Access, Reach
from eyeot.declare.action import Action, action
from eyeot.declare.anyref import RecordRef
from eyeot.declare.blocks import Audio, EmbeddedResource, Image, ResourceLink
from eyeot.declare.content import Uploaded, bytes_of
from eyeot.declare.context import Context
from eyeot.declare.contribution import (
    Candidate,
    Content,
    DueDate,
    Flaw,
    Point,
    candidates,
    due_dates,
    quality,
    readiness,
)
from eyeot.declare.dated import Dated, DatedRow, dated
from eyeot.declare.event import Event, RecordEvent, after, within
from eyeot.declare.field import field, ref
from eyeot.declare.governing import Governs, earlier, fewer, to
from eyeot.declare.hookspecs import hookimpl
from eyeot.declare.identifiers import Shows
from eyeot.declare.inputs import InputRequest, InputRequired, Inputs
from eyeot.declare.invariant import Invariant, invariant
from eyeot.declare.job import Job, job
from eyeot.declare.job import Step as JobStep
from eyeot.declare.layout import EmbeddedFile, Layout, Paper
from eyeot.declare.legal import Standing
from eyeot.declare.lifecycle import ANY, Lifecycle, by_hand, follows, step
from eyeot.declare.lines import Lines
from eyeot.declare.mail import Attachment, Mail
from eyeot.declare.model import Input, Output, Ref, Secret
from eyeot.declare.money import Exact, Money, minor_units
from eyeot.declare.notice import Notice
from eyeot.declare.period import Days, Period, days, months
from eyeot.declare.plugin import Plugin
from eyeot.declare.privacy import Privacy
from eyeot.declare.problem import (
    Conflict,
    Invalid,
    ModuleNotInstalled,
    NotFound,
    Problem,
    ProviderNotConfigured,
    StateRefused,
    invalid,
)
from eyeot.declare.prompt import Localized, Prompt, PromptArgument, Reading
from eyeot.declare.provider import Fetched, Provider, ProviderUnavailable
from eyeot.declare.public import Opening, PublicFile, PublicPage, PublicView
from eyeot.declare.reach import Attached, Held, Organisation, Owned, Private, Shared, Through
from eyeot.declare.record import Record, kind
from eyeot.declare.report import (
    Drill,
    Filters,
    ReportRow,
    Spell,
    Told,
    drill,
    report,
    span,
    typeid,
)
from eyeot.declare.resource import Resource
from eyeot.declare.signature import Signature
from eyeot.declare.starting import Starting
from eyeot.declare.takeover import LeftOut, Part, Source, Taking, takeover
from eyeot.declare.tool import McpResource, Tool

__all__ = [
    "ANY",
    "Access",
    "Action",
    "Attached",
    "Attachment",
    "Audio",
    "Candidate",
    "Conflict",
    "Content",
    "Context",
    "Dated",
    "DatedRow",
    "Days",
    "Drill",
    "DueDate",
    "EmbeddedFile",
    "EmbeddedResource",
    "Event",
    "Exact",
    "Fetched",
    "Filters",
    "Flaw",
    "Governs",
    "Held",
    "Image",
    "Input",
    "InputRequest",
    "InputRequired",
    "Inputs",
    "Invalid",
    "Invariant",
    "Job",
    "JobStep",
    "Layout",
    "LeftOut",
    "Lifecycle",
    "Lines",
    "Localized",
    "Mail",
    "McpResource",
    "ModuleNotInstalled",
    "Money",
    "NotFound",
    "Notice",
    "Opening",
    "Organisation",
    "Output",
    "Owned",
    "Paper",
    "Part",
    "Period",
    "Plugin",
    "Point",
    "Privacy",
    "Private",
    "Problem",
    "Prompt",
    "PromptArgument",
    "Provider",
    "ProviderNotConfigured",
    "ProviderUnavailable",
    "PublicFile",
    "PublicPage",
    "PublicView",
    "Reach",
    "Reading",
    "Record",
    "RecordEvent",
    "RecordRef",
    "Ref",
    "ReportRow",
    "Resource",
    "ResourceLink",
    "Secret",
    "Shared",
    "Shows",
    "Signature",
    "Source",
    "Spell",
    "Standing",
    "Starting",
    "StateRefused",
    "Taking",
    "Through",
    "Told",
    "Tool",
    "Uploaded",
    "action",
    "after",
    "by_hand",
    "bytes_of",
    "candidates",
    "dated",
    "days",
    "drill",
    "due_dates",
    "earlier",
    "fewer",
    "field",
    "follows",
    "hookimpl",
    "invalid",
    "invariant",
    "job",
    "kind",
    "minor_units",
    "months",
    "quality",
    "readiness",
    "ref",
    "report",
    "span",
    "step",
    "takeover",
    "to",
    "typeid",
    "within",
]
