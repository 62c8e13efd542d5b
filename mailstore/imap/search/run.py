"""Carrying out a search program: batches of rows in, UIDs out.

Rows that still match are handed from key to key, in C where a key is a test of a row. An
OR asks its next operand only about what did not match so far, and NOT stands at the leaves
only, so a message is read by no key whose answer cannot matter any more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import compress
from operator import itemgetter, not_
from typing import Any, Final, NamedTuple

from mailstore.imap.search.key import (
    Every,
    Key,
    Leaf,
    MessageKey,
    Moment,
    Node,
    RowKey,
    Test,
    join,
)
from mailstore.imap.session import Session
from mailstore.imap.view import View
from mailstore.model.sequence_set import Ranges, intersect
from mailstore.store.ports import Column, StoredMessage

Row = tuple[Any, ...]

EXAMINED: Final = 100
"""Messages read before it is looked whether the client is still there."""


class Found(NamedTuple):
    """UIDs of the messages that match, ascending, and their mod-sequences if asked for."""

    uids: list[int]
    mod_seqs: list[int]


async def find(session: Session, root: Node, *, mod_seqs: bool = False) -> Found:
    """Search the selected mailbox.

    Raises MailboxGone, Disconnected.
    """
    view = session.view
    ranges, root = _narrow(view, view.all, root)
    search = _Search(session, root, mod_seqs=mod_seqs)
    if len(search.columns) == 1:
        # UIDs are known here; nothing has to be asked.
        rows = await search.matching(root, [(uid,) for uid in view.uids_in(ranges)])
        return Found([row[0] for row in rows], [])
    found = Found([], [])
    search.goal = len(view.uids_in(ranges))
    async for batch in view.mailbox.rows(search.columns, ranges):
        if search.done:
            await session.output.take_turns()
        session.progress.at(search.done, search.goal)
        rows = await search.matching(root, batch)
        found.uids.extend([row[0] for row in rows])
        if mod_seqs:
            found.mod_seqs.extend([row[1] for row in rows])
        search.done += len(batch)
    return found


def _narrow(view: View, ranges: Ranges, root: Node) -> tuple[Ranges, Node]:
    """Keys that every message must match and that name messages: look only at those."""
    nodes = root.nodes if isinstance(root, Every) else (root,)
    left: list[Node] = []
    for node in nodes:
        within = None
        if isinstance(node, Leaf) and isinstance(node.key, RowKey) and not node.negated:
            within = node.key.within
        if within is None:
            left.append(node)
        else:
            ranges = intersect(ranges, within(view))
    return ranges, join(Every, left)


def _keys(root: Node) -> Iterator[Key]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Leaf):
            yield node.key
        else:
            waiting.extend(node.nodes)


class _Search:
    """One search: its columns, and the tests of its keys.

    Attributes:
        columns: UID first, then the mod-sequence if that is asked for.
        done: Messages that have been decided on.
        goal: Messages that are looked at in all.
    """

    def __init__(self, session: Session, root: Node, *, mod_seqs: bool) -> None:
        columns = dict.fromkeys((Column.UID, Column.MOD_SEQ) if mod_seqs else (Column.UID,))
        moment = Moment(session.view, int(time.time()))
        self.done = self.goal = 0
        self._session = session
        self._tests: dict[int, Test] = {}
        for key in _keys(root):
            columns.update(dict.fromkeys(key.columns))
            if isinstance(key, RowKey):
                self._tests[id(key)] = key.prepare(moment)
        self.columns = tuple(columns)
        self._places = {column: place for place, column in enumerate(self.columns)}

    async def matching(self, node: Node, rows: list[Row]) -> list[Row]:
        """The rows that match ``node``, in their order."""
        if not rows:
            return rows
        if isinstance(node, Leaf):
            if isinstance(node.key, RowKey):
                return self._by_row(node.key, rows, negated=node.negated)
            return await self._by_message(node.key, rows, negated=node.negated)
        if isinstance(node, Every):
            for each in node.nodes:
                rows = await self.matching(each, rows)
                await self._session.output.drained()
            return rows
        return await self._by_any(node.nodes, rows)

    async def _by_any(self, nodes: Sequence[Node], rows: list[Row]) -> list[Row]:
        matched: set[int] = set()
        open_rows = rows
        for each in nodes:
            hits = await self.matching(each, open_rows)
            await self._session.output.drained()
            if hits:
                matched.update([row[0] for row in hits])
                open_rows = [row for row in open_rows if row[0] not in matched]
        return [row for row in rows if row[0] in matched]

    def _by_row(self, key: RowKey, rows: list[Row], *, negated: bool) -> list[Row]:
        columns = [map(itemgetter(self._places[column]), rows) for column in key.columns]
        hits = map(self._tests[id(key)], *columns)
        return list(compress(rows, map(not_, hits) if negated else hits))

    async def _by_message(self, key: MessageKey, rows: list[Row], *, negated: bool) -> list[Row]:
        """Messages whose files are gone match neither the key nor its opposite."""
        places = [self._places[column] for column in key.columns]
        matched: list[Row] = []
        wanted = not negated
        for start in range(0, len(rows), EXAMINED):
            if start:
                await self._session.output.take_turns()
                self._session.progress.at(self.done + start, self.goal)
            piece = rows[start : start + EXAMINED]
            values = {row[0]: [row[place] for place in places] for row in piece}
            look = partial(_look, key.test, values)
            said = await self._session.view.mailbox.examine(list(values), look)
            matched += [row for row in piece if said.get(row[0]) is wanted]
        return matched


def _look(test: Test, values: dict[int, list[Any]], uid: int, message: StoredMessage) -> bool:
    return bool(test(message, *values[uid]))
