"""Items of FETCH, as commands and extensions declare them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from mailstore.mime.part import Part
from mailstore.store.ports import Column, StoredMessage

if TYPE_CHECKING:
    from mailstore.imap.session import Session
    from mailstore.imap.view import View
    from mailstore.imap.wire.cursor import Cursor

Encode = Callable[..., Iterable[Any]]
"""Gets the view and one sequence of values for each column; gives one value a message."""


@dataclass(frozen=True, slots=True)
class IndexItem:
    """An item that columns of the index answer.

    Attributes:
        label: As in the answer.
        columns: What it takes.
        form: How a value is written: ``%d``, ``%b``, ``(%d)``.
        encode: Makes the values; None if those of the only column are right as they are.
        lazy: No message is read for it: a column of content may be None.
    """

    label: bytes
    columns: tuple[Column, ...]
    form: bytes = b"%b"
    encode: Encode | None = None
    lazy: bool = False


class Octets(NamedTuple):
    """A string that is sent in pieces: ``head`` announces exactly what ``pieces`` hold.

    Reading a piece raises MessageGone if the file cannot be read any more.
    """

    head: bytes
    pieces: Iterator[bytes]


class ContentItem(Protocol):
    """An item for which the message has to be read."""

    @property
    def label(self) -> bytes:
        """As in the answer."""

    @property
    def needs_parts(self) -> bool:
        """``open`` gets the structure of the message."""

    @property
    def sets_seen(self) -> bool:
        """Asking for it sets ``\\Seen`` (RFC 9051, section 6.4.5)."""

    @property
    def may_refuse(self) -> bool:
        """There are messages that cannot be answered; ``check`` tells which."""

    def check(self, root: Part | None) -> None:
        """Raises Refused for such a message. Called before anything is done to it."""

    def takes_long(self, root: Part | None) -> bool:
        """``open`` has so much to read that it has to run in a worker thread."""

    def open(self, message: StoredMessage, root: Part | None) -> Octets | None:
        """What to send; None is NIL. Raises MessageGone."""


Item = IndexItem | ContentItem


@dataclass(frozen=True, slots=True)
class FetchItem:
    """Declares an item.

    Attributes:
        name: In upper case, as the client writes it, without section or arguments.
        parse: Reads what follows the name.
        enables: Runs before a FETCH with the item, for items that switch something on.
    """

    name: bytes
    parse: Callable[[Cursor], Item]
    enables: Callable[[Session], None] | None = None


def index_item(
    name: bytes,
    columns: tuple[Column, ...],
    form: bytes = b"%b",
    encode: Encode | None = None,
    *,
    enables: Callable[[Session], None] | None = None,
) -> FetchItem:
    """Declare an item without arguments that the index answers under its own name."""
    item = IndexItem(name, columns, form, encode)

    def parse(cursor: Cursor) -> Item:
        return item

    return FetchItem(name, parse, enables)


def each_alone(encode: Callable[..., Any]) -> Encode:
    """An ``Encode`` from a function of one message's values."""

    def encode_all(view: View, *columns: Iterable[Any]) -> Iterable[Any]:
        return map(encode, *columns)

    return encode_all
