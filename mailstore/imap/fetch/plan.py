"""A FETCH compiled: which columns to ask for, and one template for the answers.

The columns of a batch are taken apart once (``zip``), each item makes its values for all
messages of the batch, and the template is filled in as often as there are messages. All of
that runs within C; no object stands for a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mailstore.imap.fetch.item import ContentItem, IndexItem, Item
from mailstore.imap.view import View
from mailstore.model.flags import SEEN
from mailstore.store.ports import CONTENT_COLUMNS, Column, FlagsRow

Row = tuple[Any, ...]


class Plan:
    """What one FETCH does with every batch.

    Attributes:
        columns: To ask the store for; UID comes first.
        content: Items for which messages are read, in the order asked for.
        sets_seen: Messages that are answered become ``\\Seen``.
        needs_parts: ``content`` needs the structure of messages.
        may_refuse: There are messages for which ``content`` refuses.
        fills: Messages whose content is not in the index yet have to be read for it.
    """

    def __init__(self, items: Iterable[Item], *, sets_seen: bool) -> None:
        """``sets_seen`` says whether that is possible (EXAMINE: no)."""
        items = list(items)
        by_label = {item.label: item for item in items}
        self._index = [item for item in by_label.values() if isinstance(item, IndexItem)]
        self.content: list[ContentItem] = [
            item for item in by_label.values() if not isinstance(item, IndexItem)
        ]
        self.sets_seen = sets_seen and any(
            item.sets_seen for item in items if not isinstance(item, IndexItem)
        )
        self.needs_parts = any(item.needs_parts for item in self.content)
        self.may_refuse = any(item.may_refuse for item in self.content)
        self.shows_flags = b"FLAGS" in by_label
        self.fills = self.needs_parts or any(
            not item.lazy and not CONTENT_COLUMNS.isdisjoint(item.columns) for item in self._index
        )
        self.columns = self._columns()
        self._places = {column: place for place, column in enumerate(self.columns)}
        words = [item.label.replace(b"%", b"%%") + b" " + item.form for item in self._index]
        self._template = b"* %d FETCH (" + b" ".join(words)

    def _columns(self) -> tuple[Column, ...]:
        columns = dict.fromkeys((Column.UID,))
        for item in self._index:
            columns.update(dict.fromkeys(item.columns))
        if self.sets_seen:
            columns.update(dict.fromkeys((Column.FLAGS, Column.KEYWORDS, Column.MOD_SEQ)))
        if self.needs_parts:
            columns[Column.PARTS] = None
        return tuple(columns)

    def lines(self, view: View, rows: Sequence[Row]) -> bytes:
        """Whole answers to messages of which nothing has to be read."""
        template = self._template + b")\r\n"
        return b"".join(map(template.__mod__, self._values(view, rows)))

    def heads(self, view: View, rows: Sequence[Row]) -> list[bytes]:
        """``* n FETCH (...`` up to where the items of ``content`` follow."""
        return list(map(self._template.__mod__, self._values(view, rows)))

    def _values(self, view: View, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
        columns = list(zip(*rows, strict=True))
        values: list[Iterable[Any]] = [view.numbers(columns[0])]
        for item in self._index:
            taken = [columns[self._places[column]] for column in item.columns]
            values.append(item.encode(view, *taken) if item.encode else taken[0])
        return zip(*values, strict=True)

    def parts_of(self, row: Row) -> bytes:
        """The stored structure, if ``needs_parts``."""
        packed: bytes = row[self._places[Column.PARTS]]
        return packed

    def unseen(self, rows: Iterable[Row]) -> list[int]:
        """UIDs of the messages that are not ``\\Seen`` yet."""
        place = self._places[Column.FLAGS]
        return [row[0] for row in rows if not row[place] & SEEN]

    def with_flags(self, rows: Iterable[Row], changed: Iterable[FlagsRow]) -> list[Row]:
        """The rows with flags as they are after a change."""
        flags, keywords, mod_seq = (
            self._places[column] for column in (Column.FLAGS, Column.KEYWORDS, Column.MOD_SEQ)
        )
        by_uid = {row.uid: row for row in changed}
        renewed = []
        for row in rows:
            after = by_uid.get(row[0])
            if after is not None:
                values = list(row)
                values[flags], values[keywords] = after.flags, after.keywords
                values[mod_seq] = after.mod_seq
                row = tuple(values)
            renewed.append(row)
        return renewed
