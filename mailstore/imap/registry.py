"""Commands and extensions: what the server speaks, declared once.

A command or an extension says in one file what it is; everything else is read from here:
dispatch finds handlers, CAPABILITY is made from the same objects that implement what it
lists, and the table of RFCs is held against it. To add an extension, write one file in
``extensions/``, name it in ``extensions/__init__.py``, and add its transcript and its row
in ``docs/rfc.tsv``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from mailstore.model.mailbox import MailboxStatus

if TYPE_CHECKING:
    from mailstore.imap.hierarchy import ListedName
    from mailstore.imap.responses import Ok
    from mailstore.imap.session import Session
    from mailstore.imap.wire.cursor import Cursor
    from mailstore.store.ports import Spool

T = TypeVar("T")
N = TypeVar("N", bound="Named")


class State(Flag):
    """The states of a connection (RFC 9051, section 3)."""

    NOT_AUTHENTICATED = auto()
    AUTHENTICATED = auto()
    SELECTED = auto()

    LOGGED_IN = AUTHENTICATED | SELECTED
    ANY = NOT_AUTHENTICATED | AUTHENTICATED | SELECTED


@dataclass(frozen=True, slots=True)
class Command(Generic[T]):
    """One command.

    Attributes:
        name: In upper case; with ``UID`` in front for the variants by UID.
        states: Where it is allowed; elsewhere it is answered BAD unparsed.
        parse: Takes the arguments. The cursor stands after the name, before the
            space; the caller checks that nothing is left over. Raises BadSyntax.
        handle: Does the work, writes untagged data and returns the tagged OK; None
            means ``<NAME> completed``. Raises MailError, Refused or Unacceptable.
        may_expunge: EXPUNGE may be among its untagged updates. Never so for FETCH,
            STORE and SEARCH by number (RFC 9051, section 7.5.1), as numbers of
            commands under way would change their meaning.
        expunges: It removes messages, and says so by EXPUNGE, whatever else the client wants
            to hear (NOTIFY).
        pipelined: The client may send more before this one is answered. What arrived
            behind a command that says False is thrown away (STARTTLS), and input is
            paused while it runs.
        receive: For a command with messages in it (APPEND): finds room for the message
            that was just announced, whose literal is the last that the cursor gives.
        try_create: A mailbox that does not exist is answered ``[TRYCREATE]``: it is the
            target of the command (RFC 9051, sections 6.3.12 and 6.4.7).
    """

    name: bytes
    states: State
    parse: Callable[[Cursor], T]
    handle: Callable[[Session, T], Awaitable[Ok | None]]
    may_expunge: bool = True
    expunges: bool = False
    pipelined: bool = True
    receive: Callable[[Session, Cursor], Awaitable[Spool]] | None = None
    try_create: bool = False

    @property
    def by_uid(self) -> bool:
        """Messages are named by UID; untagged FETCH answers then have the UID too."""
        return self.name.startswith(b"UID ")


def no_arguments(cursor: Cursor) -> None:
    """For commands that take none."""


class Named(Protocol):
    """Anything that is found by its upper-case name."""

    @property
    def name(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class StatusItem:
    """One item of STATUS; ``enables`` runs first, for items that switch something on."""

    name: bytes
    encode: Callable[[Session, MailboxStatus], bytes]
    enables: Callable[[Session], None] | None = None


@dataclass(frozen=True, slots=True)
class SelectParameter:
    """One parameter of SELECT and EXAMINE (RFC 4466, section 2.1).

    ``parse`` takes what follows the name, if anything; ``apply`` runs before the mailbox is
    opened and gets what ``parse`` returned.
    """

    name: bytes
    parse: Callable[[Cursor], Any]
    apply: Callable[[Session, Any], None]


@dataclass(frozen=True, slots=True)
class CreateParameter:
    """One parameter of CREATE (RFC 4466, section 2.2); ``parse`` takes what follows its name."""

    name: bytes
    parse: Callable[[Cursor], Any]


@dataclass(frozen=True, slots=True)
class ListSelection:
    """One selection option of LIST (RFC 5258, section 3.1).

    Attributes:
        selects: Which names it is for; None if it does not choose.
        recursive: Names above those that match are shown too, with CHILDINFO.
        show: An attribute that it adds to a name.
        subscriptions: Whether a name is subscribed has to be known for it.
    """

    name: bytes
    selects: Callable[[ListedName], bool] | None = None
    recursive: bool = False
    show: Callable[[ListedName], bytes | None] | None = None
    subscriptions: bool = False


@dataclass(frozen=True, slots=True)
class ListReturn:
    """One return option of LIST (RFC 5258, section 3.2).

    Attributes:
        parse: Takes what follows the name, if anything.
        show: An attribute that it adds to a name.
        follow: Writes more after the name's answer; gets what ``parse`` returned.
        subscriptions: Whether a name is subscribed has to be known for it.
    """

    name: bytes
    parse: Callable[[Cursor], Any] = no_arguments
    show: Callable[[ListedName], bytes | None] | None = None
    follow: Callable[[Session, ListedName, Any], Awaitable[None]] | None = None
    subscriptions: bool = False


@dataclass(frozen=True, slots=True)
class SearchReturn:
    """One return option of SEARCH (RFC 4466, section 2.6.1), and of what answers like it.

    Attributes:
        encode: What it adds to the answer, its name included, made of all numbers that were
            found, in the order of the answer, and of what ``parse`` returned; empty for nothing.
        places: Which of so many numbers it tells of. The MODSEQ of an answer is the highest
            of those that any option tells of (RFC 7162, section 3.1.10).
        parse: Takes what follows the name, if anything.
    """

    name: bytes
    encode: Callable[[Sequence[int], Any], bytes]
    places: Callable[[int, Any], range]
    parse: Callable[[Cursor], Any] = no_arguments


def _always(session: Session) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Extension:
    """What one RFC adds.

    Attributes:
        rfc: Its number; None where there is none.
        capabilities: Announced while ``offered`` says so; a function where a value of
            this server's belongs to the name (``APPENDLIMIT=67108864``).
        commands: Commands it adds.
        fetch_items: Items of FETCH, see :mod:`mailstore.imap.fetch`.
        search_keys: Keys of SEARCH, see :mod:`mailstore.imap.search`.
        search_returns: Return options of SEARCH, in the order in which they are answered.
        status_items: Items of STATUS.
        select_parameters: Parameters of SELECT and EXAMINE.
        create_parameters: Parameters of CREATE.
        list_selections: Selection options of LIST (RFC 5258, section 3.1).
        list_returns: Return options of LIST (RFC 5258, section 3.2).
        enables: Names that ENABLE knows, and what enabling does (RFC 5161).
    """

    rfc: int | None
    title: str
    capabilities: tuple[bytes | Callable[[Session], bytes], ...] = ()
    offered: Callable[[Session], bool] = _always
    commands: tuple[Command[Any], ...] = ()
    fetch_items: tuple[Named, ...] = ()
    search_keys: tuple[Named, ...] = ()
    search_returns: tuple[SearchReturn, ...] = ()
    status_items: tuple[StatusItem, ...] = ()
    select_parameters: tuple[SelectParameter, ...] = ()
    create_parameters: tuple[CreateParameter, ...] = ()
    list_selections: tuple[ListSelection, ...] = ()
    list_returns: tuple[ListReturn, ...] = ()
    enables: tuple[tuple[bytes, Callable[[Session], None]], ...] = ()


class Registry:
    """All extensions of a server. Raises ValueError when two claim one name."""

    def __init__(self, extensions: Sequence[Extension]) -> None:
        self.extensions = tuple(extensions)
        self.commands = _by_name(each.commands for each in extensions)
        self.fetch_items = _by_name(each.fetch_items for each in extensions)
        self.search_keys = _by_name(each.search_keys for each in extensions)
        self.search_returns = _by_name(each.search_returns for each in extensions)
        self.status_items = _by_name(each.status_items for each in extensions)
        self.select_parameters = _by_name(each.select_parameters for each in extensions)
        self.create_parameters = _by_name(each.create_parameters for each in extensions)
        self.list_selections = _by_name(each.list_selections for each in extensions)
        self.list_returns = _by_name(each.list_returns for each in extensions)
        self.enables = {name: enable for each in extensions for name, enable in each.enables}

    def capabilities(self, session: Session) -> list[bytes]:
        """What CAPABILITY lists for this connection at this moment."""
        return list(self._capabilities(session))

    def _capabilities(self, session: Session) -> Iterator[bytes]:
        for extension in self.extensions:
            if extension.capabilities and extension.offered(session):
                for each in extension.capabilities:
                    yield each if isinstance(each, bytes) else each(session)


def _by_name(groups: Iterable[Iterable[N]]) -> dict[bytes, N]:
    table: dict[bytes, N] = {}
    for group in groups:
        for each in group:
            if each.name in table:
                raise ValueError(f"{each.name!r} is declared twice")
            table[each.name] = each
    return table
