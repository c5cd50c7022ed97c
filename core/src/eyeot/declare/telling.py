"""Telling: what a handler may show to people, and ask of them and of the world outside."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel

from eyeot.declare.blocks import Block
from eyeot.declare.mail import Mail
from eyeot.declare.model import Input
from eyeot.declare.notice import Letter, Notice
from eyeot.declare.provider import Fetched, Provider

if TYPE_CHECKING:
    from eyeot.declare.layout import EmbeddedFile, Language, Layout, Party, Standard
    from eyeot.declare.public import PublicPage

F = TypeVar("F", bound=Input)


class Telling(Protocol):
    """The part of a handler's context that reaches people and providers: mail, notices, papers, questions."""

    async def mail(self, mail: Mail) -> UUID:
        """Write an e-mail to somebody outside, which leaves after the commit; its id.

        `ProviderNotConfigured` where the deployment has no mail server.
        """

    async def recall(self, mails: Sequence[UUID]) -> list[UUID]:
        """Keep e-mails back that have not left yet; those that were kept back."""

    def link(self, action: str, arguments: dict[str, Any]) -> str:
        """An address that runs one action with these arguments, for whoever gets it; it never ends."""

    def public_link(self, page: "PublicPage", id: UUID) -> str:
        """The address of a page about a record, for whoever gets it, as long as the page shows it."""

    def notify(self, notice: Notice) -> None:
        """Have somebody told, with this change; a person is not told of what they did themselves.

        What an agent or a service does is not the act of the person that it acts for.
        """

    async def post(self, letter: Letter) -> None:
        """Send somebody an e-mail with a one-time link; only where the deployment sends mail (`outside`)."""

    async def heard(self, notices: Sequence[Notice]) -> int:
        """How many people these would reach, at once or after their quiet hours, as each prefers."""

    @property
    def layouts(self) -> "Mapping[str, Layout]":
        """How the papers of the modules in use here look, by name."""

    async def sender(self, language: "Language") -> "Party":
        """The organisation as its papers name it: name, head office, and what the law wants in the footer."""

    async def typeset(  # noqa: PLR0913 - each is one fact about the paper
        self,
        layout: "Layout",
        data: BaseModel | dict[str, Any],
        *,
        language: "Language",
        on: date | None = None,
        attach: "Sequence[EmbeddedFile]" = (),
        standard: "Standard" = "a-3b",
        template: UUID | None = None,
    ) -> bytes:
        """A paper as PDF, in the look that the organisation gave it (`core.document_template`).

        The same bytes for the same data, files, look and `on`, the date that the file says it was made:
        the data's own `date` unless told otherwise. `Invalid` beyond 500 pages or 20 seconds. `template`:
        that one rather than the default.
        """

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell how far a long action is."""

    def ask(self, key: str, message: str, form: type[F]) -> F:
        """What a person answered to a form; `InputRequired` until then, `Declined` if they would not.

        The call is made again from its beginning once there is an answer: ask before anything is looked up
        that may have changed since. Callers that cannot ask are refused, so offer them another way too.
        """

    def fetch(  # noqa: PLR0913 - these are the parts of a request over HTTP
        self,
        provider: Provider,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        changes: bool | None = None,
    ) -> Fetched:
        """What a provider outside answers; never call it where an exception is caught broadly.

        Until that is known the handler ends here and keeps nothing; it is run again from its beginning
        once there is an answer, so it must ask the same each time: eight answers a request at most, each
        asked for once. `path`: below the provider's address. `body`: bytes, or what becomes JSON.
        `changes`: whether something is changed outside, as anything but GET does unless told otherwise; a
        dry run ends there and tells so. `ProviderNotConfigured` where the operator did not switch it on,
        `ProviderUnavailable` when nothing usable came; an answer of 4xx is the handler's to read.
        """

    def require(self, provider: Provider) -> None:
        """Refuse with `ProviderNotConfigured`, as `fetch` would, without asking anything."""

    def add_block(self, block: Block) -> None:
        """Show something beside the result: an image, a sound, a document, a link."""
