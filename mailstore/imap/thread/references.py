"""THREAD=REFERENCES (RFC 5256, section 3), and THREAD=REFS, which is that without subjects.

REFS is of draft-ietf-morg-inthread: threads stand in the order of their newest messages, and
what has the same subject is not brought together.

Messages are gone through in the order in which they were sent, so all that is built of them is
in that order from the start. Step numbers are those of the RFC.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailstore.imap.thread.algorithm import Columns, ThreadAlgorithm, Threads, by_date, when_sent
from mailstore.imap.thread.links import NOBODY, Links, link
from mailstore.store.ports import Column

_LINK_COLUMNS: Final = (
    Column.MESSAGE_ID,
    Column.REFERS_TO,
    Column.SENT_AT,
    Column.INTERNAL_DATE,
)


def make_threads(columns: Columns) -> Threads:
    """REFERENCES: by references, then by subjects."""
    order = by_date(when_sent(columns))
    threads = _by_references(columns, order)
    subjects, replies = columns[Column.BASE_SUBJECT], columns[Column.IS_REPLY]
    return _Gathering(threads, order, subjects, replies).run()


def make_refs(columns: Columns) -> Threads:
    """REFS: by references only; threads stand in the order of their newest messages.

    Deviation: the draft has the newest to arrive. Dovecot, which clients know the algorithm
    from, goes by when messages were sent, as everywhere else.
    """
    dates = when_sent(columns)
    roots, children = _by_references(columns, by_date(dates))

    def newest(root: int) -> tuple[int, int]:
        places = _messages(root, children, len(dates))
        return max(map(dates.__getitem__, places)), places[0]

    return Threads(sorted(roots, key=newest), children)


def _messages(root: int, children: dict[int, list[int]], count: int) -> list[int]:
    """Every message in a thread, the first one first."""
    found, waiting = [], [root]
    while waiting:
        place = waiting.pop()
        if place < count:
            found.append(place)
        waiting += reversed(children.get(place, ()))
    return found


def _by_references(columns: Columns, order: Sequence[int]) -> Threads:
    """Steps 1 to 4. A dummy is left only where it holds several threads together."""
    links = link(columns[Column.MESSAGE_ID], columns[Column.REFERS_TO])
    known: dict[int, int] = {}
    roots: dict[int, None] = {}
    children: dict[int, list[int]] = {}
    for place in order:
        parent = _without_dummies(links, place, known)
        if parent == NOBODY:
            roots[place] = None
            continue
        if parent >= links.messages:
            roots[parent] = None
        children.setdefault(parent, []).append(place)
    return Threads([_only_child(root, links.messages, children) for root in roots], children)


def _without_dummies(links: Links, place: int, known: dict[int, int]) -> int:
    """Step 3: the next message above ``place``; where only dummies are, the topmost.

    ``known`` remembers what is above dummies, so that none is passed twice.
    """
    passed = []
    at = links.parents[place]
    while at >= links.messages:
        if at in known:
            at = known[at]
            break
        passed.append(at)
        if links.parents[at] == NOBODY:
            break
        at = links.parents[at]
    for each in passed:
        known[each] = at
    return at


def _only_child(root: int, messages: int, children: dict[int, list[int]]) -> int:
    """Step 3: the only child of a dummy takes its place."""
    if root < messages or len(children[root]) > 1:
        return root
    return children.pop(root)[0]


class _Gathering:
    """Steps 5 and 6: threads of one base subject become one."""

    def __init__(
        self,
        threads: Threads,
        order: Sequence[int],
        subjects: Sequence[bytes],
        replies: Sequence[int],
    ) -> None:
        self._roots, self._children = threads
        self._messages = len(order)
        self._order = order
        self._subjects = subjects
        self._replies = replies
        self._moved: set[int] = set()
        self._added: list[int] = []
        self._grown: set[int] = set()
        self._next = max(self._messages, *threads.roots, -1) + 1

    def run(self) -> Threads:
        table = self._subject_table()
        for root in self._roots:
            subject = self._subject(root)
            held = table.get(subject, root)
            if held != root and root not in self._moved:
                table[subject] = self._merge(root, held)
        return self._in_order() if self._moved else Threads(self._roots, self._children)

    def _is_dummy(self, place: int) -> bool:
        return place >= self._messages

    def _first(self, root: int) -> int:
        return self._children[root][0] if self._is_dummy(root) else root

    def _subject(self, root: int) -> bytes:
        return self._subjects[self._first(root)]

    def _subject_table(self) -> dict[bytes, int]:
        """Step 5B: a thread for each subject, dummies before messages, replies last."""
        table: dict[bytes, int] = {}
        for root in self._roots:
            subject = self._subject(root)
            held = table.get(subject)
            if subject and (held is None or self._is_better(root, held)):
                table[subject] = root
        return table

    def _is_better(self, root: int, held: int) -> bool:
        if self._is_dummy(held):
            return False
        return self._is_dummy(root) or bool(self._replies[held] and not self._replies[root])

    def _merge(self, root: int, held: int) -> int:
        """Step 5C: put a thread to the one that is held for its subject, and return that.

        If that is no dummy, neither is ``root``: it would be held itself.
        """
        self._moved.add(root)
        if self._is_dummy(root):
            self._children[held] += self._children.pop(root)
        elif self._is_dummy(held) or (self._replies[root] and not self._replies[held]):
            self._children.setdefault(held, []).append(root)
        else:
            self._moved.add(held)
            self._children[self._next] = [held, root]
            self._added.append(self._next)
            held = self._next
            self._next += 1
        self._grown.add(held)
        return held

    def _in_order(self) -> Threads:
        """Step 6, where it is not so yet."""
        rank = dict(zip(self._order, range(self._messages), strict=True))
        for place in self._grown:
            self._children[place].sort(key=rank.__getitem__)
        roots = [root for root in (*self._roots, *self._added) if root not in self._moved]
        roots.sort(key=lambda root: rank[self._first(root)])
        return Threads(roots, self._children)


REFERENCES: Final = ThreadAlgorithm(
    b"REFERENCES", (*_LINK_COLUMNS, Column.BASE_SUBJECT, Column.IS_REPLY), make_threads
)
REFS: Final = ThreadAlgorithm(b"REFS", _LINK_COLUMNS, make_refs)
