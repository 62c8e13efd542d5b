"""Keywords of one mailbox: the order in which it learnt them, and their letters.

The index keeps the order, and each message's keywords as text. ``dovecot-keywords`` gives the
first 26 a letter, which file names carry; later ones are in the index only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mailstore.model.errors import LimitReached
from mailstore.store.maildir.filename import encode_letters, parse_letters
from mailstore.store.maildir.keywords import LETTERS, Keywords, is_keyword

MAX_KEYWORDS: Final = 500
"""Keywords that one mailbox may learn."""


class KeywordMap:
    """``names`` is every keyword in the order learnt; ``letters`` who has a letter."""

    def __init__(self, learnt: bytes, letters: Keywords) -> None:
        self.names = learnt.split()
        self._places = {name.lower(): place for place, name in enumerate(self.names)}
        self._read: dict[tuple[bytes, bytes], bytes] = {}
        self._written: dict[tuple[int, bytes, bytes], bytes] = {}
        self.use(letters)

    def use(self, letters: Keywords) -> None:
        """Take over ``dovecot-keywords``; what the mailbox did not know yet it learns."""
        self._letters = letters.letters()
        self._by_letter = letters.by_letter()
        for name in letters.names[:LETTERS]:
            if name is not None:
                self._learn(name)
        self._read.clear()
        self._written.clear()

    def _learn(self, name: bytes) -> None:
        if self._places.setdefault(name.lower(), len(self.names)) == len(self.names):
            self.names.append(name)

    def learnt(self) -> bytes:
        """The order, for the index."""
        return b" ".join(self.names)

    def letters_known(self) -> bytes:
        """What each letter means, as one value that changes when any meaning does."""
        return b" ".join(b"%c %b" % item for item in sorted(self._by_letter.items()))

    def new_ones(self, wanted: Iterable[bytes]) -> tuple[bytes, ...]:
        """Keywords the mailbox does not know, each once, as spelt first.

        Raises LimitReached if it would then know too many, or one cannot be kept.
        """
        new = {
            name.lower(): name
            for name in reversed(tuple(wanted))
            if name.lower() not in self._places
        }
        if not all(map(is_keyword, new)):
            raise LimitReached("a keyword is too long or has odd characters")
        if len(self.names) + len(new) > MAX_KEYWORDS:
            raise LimitReached("the mailbox has too many keywords")
        return tuple(reversed(new.values()))

    def learn(self, names: Iterable[bytes]) -> None:
        for name in names:
            self._learn(name)

    def places(self, names: Iterable[bytes]) -> frozenset[int]:
        """Where the known ones of ``names`` stand in the order."""
        found = (self._places.get(name.lower()) for name in names)
        return frozenset(place for place in found if place is not None)

    def encode(self, places: Iterable[int]) -> bytes:
        """The text for the index."""
        return b" ".join([self.names[place] for place in sorted(places)])

    def from_letters(self, letters: bytes, before: bytes) -> bytes:
        """The keywords of a message whose file name has ``letters``.

        ``before`` is its text in the index so far: those that have no letter stay.
        """
        key = letters, before
        text = self._read.get(key)
        if text is None:
            by_letter = self._by_letter
            names = [by_letter[letter] for letter in letters if letter in by_letter]
            names += [name for name in before.split() if name.lower() not in self._letters]
            text = self._read[key] = self.encode(self.places(names))
        return text

    def to_letters(self, system: int, keywords: bytes, before: bytes) -> bytes:
        """Letters for the name of a file that had ``before``; what those mean to others stays."""
        key = system, keywords, before
        letters = self._written.get(key)
        if letters is None:
            parsed = parse_letters(before)
            unknown = bytes(octet for octet in parsed.keywords if octet not in self._by_letter)
            given = (self._letters.get(name.lower(), b"") for name in keywords.split())
            letters = encode_letters(system, b"".join(given) + unknown, parsed.others)
            self._written[key] = letters
        return letters
