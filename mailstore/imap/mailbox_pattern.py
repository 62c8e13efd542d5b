"""Patterns of LIST and LSUB: ``*`` is anything, ``%`` anything within one level.

A pattern is matched in one pass over the name, with the set of places where the match may
stand kept as the bits of one integer. There is no backtracking, so the time is bounded by
the length of the name times that of the pattern, whatever a client sends (RFC 9051,
section 6.3.9).
"""

from __future__ import annotations

from collections import defaultdict

from mailstore.model.mailbox import INBOX, SEPARATOR


class MailboxPattern:
    """One pattern, already joined to its reference, in Unicode."""

    __slots__ = ("_any", "_end", "_level", "_literals")

    def __init__(self, pattern: str) -> None:
        # Bit n: the first n literal characters have matched. A wildcard after them lets the
        # match stay there while the name goes on.
        literals: defaultdict[str, int] = defaultdict(int)
        anything = level = 0
        place = 1
        for character in pattern:
            if character == "*":
                anything |= place
            elif character == "%":
                level |= place
            else:
                literals[character] |= place
                place <<= 1
        self._literals = dict(literals)
        self._any = anything
        self._level = level
        self._end = place

    def matches(self, name: str) -> bool:
        """Whether the whole name matches; ``INBOX`` in any case of letters."""
        head = name.partition(SEPARATOR)[0]
        in_any_case = len(INBOX) if head == INBOX else 0
        literals = self._literals
        places = 1
        for index, character in enumerate(name):
            moves = literals.get(character, 0)
            if index < in_any_case:
                moves |= literals.get(character.lower(), 0)
            stays = self._any if character == SEPARATOR else self._any | self._level
            places = ((places & moves) << 1) | (places & stays)
            if not places:
                return False
        return bool(places & self._end)
