"""Time the MIME layer beside the standard library's ``email``; run it by hand.

``python benchmarks/mime.py [FOLDER OR MAILDIR ...]``: the messages of the oracle's corpus,
and files in the folders given. Best of several rounds, as other work on the machine only
ever adds time.
"""

from __future__ import annotations

import email
import email.policy
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mailstore.mime.content import describe
from mailstore.mime.fields import select_fields
from mailstore.mime.pack import unpack_parts
from mailstore.mime.parse import parse_message
from mailstore.mime.section import Section, section_range
from tests.oracle.messages import real_messages, with_crlf

ROUNDS = 7
FIRST = Section((1,))
THUNDERBIRD = frozenset(
    b"from to cc bcc subject date message-id priority x-priority references newsgroups "
    b"in-reply-to content-type reply-to received".split()
)


def corpora(folders: list[str]) -> dict[str, list[bytes]]:
    """Return messages with CRLF line ends by the name of where they are from."""
    real = [with_crlf(octets) for octets in real_messages().values()]
    found = {
        "corpus": real,
        "corpus, 4-60 kB": [octets for octets in real if 4_000 < len(octets) < 60_000],
        "corpus, over 60 kB": [octets for octets in real if len(octets) >= 60_000],
    }
    for folder in folders:
        files = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
        found[folder] = [with_crlf(path.read_bytes()) for path in files]
    return found


def best_us(work: Callable[[bytes], object], messages: list[bytes], rounds: int = ROUNDS) -> float:
    """Return microseconds a message in the best round."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for message in messages:
            work(message)
        best = min(best, time.perf_counter() - start)
    return best / len(messages) * 1e6


def main() -> None:
    """Print one table for each corpus."""
    for name, messages in corpora(sys.argv[1:]).items():
        headers = [message[: parse_message(message).header_end] for message in messages]
        stored = [describe(message).parts for message in messages]
        mean = sum(map(len, messages)) / len(messages)
        print(f"{name}: {len(messages)} messages of {mean:,.0f} octets on average, us a message")
        rows: list[tuple[str, float]] = [
            ("describe", best_us(describe, messages)),
            ("parse_message", best_us(parse_message, messages)),
            ("select_fields, 15 names", best_us(lambda h: select_fields(h, THUNDERBIRD), headers)),
            (
                "BODY[1] from stored parts",
                best_us(lambda p: section_range(unpack_parts(p), FIRST), stored),
            ),
            ("email.message_from_bytes", best_us(email.message_from_bytes, messages, 3)),
            (
                "email, policy.default",
                best_us(
                    lambda m: email.message_from_bytes(m, policy=email.policy.default), messages, 3
                ),
            ),
        ]
        for row, figure in rows:
            print(f"  {row:28} {figure:10,.1f}")


if __name__ == "__main__":
    main()
