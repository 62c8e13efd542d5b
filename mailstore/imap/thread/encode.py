"""Trees of messages as THREAD answers them (RFC 5256, section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailstore.imap.thread.algorithm import Threads

_END: Final = -1


def encode_threads(threads: Threads, numbers: Sequence[int]) -> bytes:
    """``"THREAD" [SP 1*thread-list]``, a whole line; ``numbers`` are those of the places.

    ``thread-list = "(" (thread-members / thread-nested) ")"``,
    ``thread-members = nz-number *(SP nz-number) [SP thread-nested]``,
    ``thread-nested = 2*thread-list``.
    """
    roots, children = threads
    words = [b"* THREAD "] if roots else [b"* THREAD"]
    waiting = list(reversed(roots))
    while waiting:
        place = waiting.pop()
        if place == _END:
            words.append(b")")
            continue
        words.append(b"(")
        waiting.append(_END)
        if place < len(numbers):
            words.append(b"%d" % numbers[place])
            answers = children.get(place, ())
            while len(answers) == 1:
                words.append(b" %d" % numbers[answers[0]])
                answers = children.get(answers[0], ())
            if answers:
                words.append(b" ")
        else:
            answers = children[place]
        waiting += reversed(answers)
    return b"".join(words) + b"\r\n"
