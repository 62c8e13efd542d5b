"""Who answers whom: parents of messages by their references (RFC 5256, section 3, step 1).

Places beyond the messages are dummies: messages that others refer to and that are not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from mailstore.mime.message_ids import unpack_ids

NOBODY: Final = -1

_STEPS_EACH: Final = 50
"""How far up from a parent, for each message, it is looked whether a link would make a loop."""


class Links(NamedTuple):
    """``parents`` of messages, then of dummies; NOBODY where there is none. There is no loop."""

    messages: int
    parents: list[int]


def link(message_ids: Sequence[int], references: Sequence[bytes]) -> Links:
    """Links of messages in the order of the mailbox.

    A Message-ID that was seen before belongs to the first message that has it.

    Deviation: so that made-up references cannot take quadratic time, there is a bound on
    the steps that looking for loops takes, all together. Once it is reached, messages that
    already have answers stay without a parent. Mail that people write does not come near it.
    """
    return _Linker(message_ids).run(references)


class _Linker:
    """``answered`` counts the children of each place: who has none cannot be in a loop."""

    def __init__(self, message_ids: Sequence[int]) -> None:
        self.count = len(message_ids)
        self.places = dict(zip(reversed(message_ids), range(self.count - 1, -1, -1), strict=True))
        self.places.pop(0, None)
        self.parents = [NOBODY] * self.count
        self.answered = [0] * self.count
        self.steps = _STEPS_EACH * self.count

    def run(self, references: Sequence[bytes]) -> Links:
        for place, packed in enumerate(references):
            parent = self._link_references(unpack_ids(packed)) if packed else NOBODY
            if parent != self.parents[place]:
                self._link_message(place, parent)
        return Links(self.count, self.parents)

    def _link_references(self, ids: Sequence[int]) -> int:
        """Step 1A: each reference is the parent of the next; an older link stays. The last."""
        places, parents = self.places, self.parents
        before = NOBODY
        for each in ids:
            place = places.get(each, NOBODY)
            if place == NOBODY:
                place = places[each] = len(parents)
                parents.append(NOBODY)
                self.answered.append(0)
            if before != NOBODY and parents[place] == NOBODY and self._may_link(before, place):
                parents[place] = before
                self.answered[before] += 1
            before = place
        return before

    def _link_message(self, place: int, parent: int) -> None:
        """Step 1B: its last reference is its parent, whatever others say; without one, nobody."""
        former = self.parents[place]
        if former != NOBODY:
            self.parents[place] = NOBODY
            self.answered[former] -= 1
        if parent != NOBODY and self._may_link(parent, place):
            self.parents[place] = parent
            self.answered[parent] += 1

    def _may_link(self, parent: int, place: int) -> bool:
        """Whether ``place`` is not above ``parent``, nor the same."""
        if parent == place:
            return False
        if not self.answered[place]:
            return True
        above = self.parents[parent]
        while above != NOBODY:
            self.steps -= 1
            if above == place or self.steps < 0:
                return False
            above = self.parents[above]
        return True
