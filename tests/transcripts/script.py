"""Transcripts: dialogues between clients and the server, one file each.

Above the first blank line after the comments stands how the server is prepared::

    # RFC 6851: COPYUID precedes EXPUNGE; numbers shift as they are expunged.
    state: selected INBOX
    mailbox: INBOX 101 102(\\Seen $label1) 104 110
    mailbox: Archive
    mailbox: Sent \\Sent
    subscribed: Archive
    message: INBOX alternative.eml
    limits: append=1000
    offers: rev2=no
    quota: storage=4096 messages=3
    peer: clear

``mailbox`` makes a mailbox, with its special use if one is named, and plain messages with
these UIDs and flags. ``message`` adds one of the files in ``messages/``. ``state`` is
``connected`` (the greeting is part of the dialogue), ``authenticated`` or ``selected
<mailbox>``, which is the default with INBOX. ``peer`` is ``tls`` (the default), ``starttls`` or
``clear``. ``on: engine`` keeps a transcript from the network, and ``packets: whole`` keeps
its packets from being cut up.

Below it ``C:`` is what a client sends and ``S:`` what it must get, line by line. Lines of
``C:`` that follow one another go into one packet; an empty ``C:`` line is an empty line.
``C2:`` and ``S2:`` are a second client, and so on. ``S: (closed)`` is the end of the
connection, ``(timeout C)`` a client that was silent for as long as was agreed, and
``(shutdown)`` the server's end. ``<name>`` stands for a word that varies; the same name
stands for the same word throughout, also in what the client sends. ``<any>`` is anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

MESSAGES = Path(__file__).parent / "messages"

_STEP = re.compile(r"^(C|S)(\d*):(?: (.*))?$")
_EVENT = re.compile(r"^\((timeout|shutdown)(?: (C\d*))?\)$")
_UID = re.compile(r"(\d+)(?:\(([^)]*)\))?")
_PLACEHOLDER = re.compile(rb"<([a-z][a-z0-9-]*)>")


class Message(NamedTuple):
    uid: int
    flags: tuple[bytes, ...]


class Step(NamedTuple):
    """``kind`` is ``C``, ``S``, ``timeout`` or ``shutdown``; ``line`` counts from 1."""

    kind: str
    client: str
    octets: bytes
    line: int


@dataclass
class Transcript:
    """One file. ``mailboxes`` gives special use and messages by name, in order."""

    path: Path
    state: str = "selected INBOX"
    peer: str = "tls"
    engine_only: bool = False
    whole_packets: bool = False
    mailboxes: dict[str, tuple[bytes | None, list[Message]]] = field(default_factory=dict)
    subscribed: list[str] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    offers: dict[str, bool] = field(default_factory=dict)
    quota: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


def load(path: Path) -> Transcript:
    transcript = Transcript(path)
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        if step := _STEP.match(line):
            kind, client, text = step[1], step[2], step[3] or ""
            transcript.steps.append(Step(kind, "C" + client, text.encode(), number))
        elif event := _EVENT.match(line):
            transcript.steps.append(Step(event[1], event[2] or "", b"", number))
        else:
            _prepare(transcript, line, number)
    if not transcript.steps:
        raise ValueError(f"{path.name}: no dialogue")
    return transcript


def _prepare(transcript: Transcript, line: str, number: int) -> None:
    word, colon, rest = line.partition(": ")
    if transcript.steps or not colon:
        raise ValueError(f"{transcript.path.name}:{number}: not understood: {line}")
    match word:
        case "state":
            transcript.state = rest
        case "peer":
            transcript.peer = rest
        case "on":
            transcript.engine_only = rest == "engine"
        case "packets":
            transcript.whole_packets = rest == "whole"
        case "mailbox":
            name, use, messages = _mailbox(rest)
            transcript.mailboxes[name] = (use, messages)
        case "subscribed":
            transcript.subscribed.append(rest)
        case "message":
            name, _, file = rest.partition(" ")
            octets = (MESSAGES / file).read_bytes()
            transcript.files.append((name, octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))
        case "limits":
            transcript.limits.update(_numbers(rest))
        case "offers":
            pairs = (each.split("=") for each in rest.split())
            transcript.offers.update({name: value == "yes" for name, value in pairs})
        case "quota":
            transcript.quota.update(_numbers(rest))
        case _:
            raise ValueError(f"{transcript.path.name}:{number}: not understood: {line}")


def _numbers(text: str) -> dict[str, int]:
    pairs = (each.split("=") for each in text.split())
    return {name: int(value) for name, value in pairs}


def _mailbox(text: str) -> tuple[str, bytes | None, list[Message]]:
    """A name (in quotes if it has spaces), a special use, UIDs with flags."""
    quoted = re.match(r'"([^"]*)"\s*(.*)', text)
    name, rest = (quoted[1], quoted[2]) if quoted else text.partition(" ")[::2]
    use = None
    if rest.startswith("\\"):
        word, _, rest = rest.partition(" ")
        use = word.encode()
    messages = [
        Message(int(match[1]), tuple((match[2] or "").encode().split()))
        for match in _UID.finditer(rest)
    ]
    return name, use, messages


class Words:
    """What the placeholders of one run stand for."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}

    def fill(self, octets: bytes) -> bytes:
        """``octets`` of a client with the words that are known by now."""
        return _PLACEHOLDER.sub(lambda found: self._known.get(found[1], found[0]), octets)

    def match(self, expected: bytes, line: bytes) -> bool:
        """Whether the server's ``line`` is as expected; unknown words become known."""
        expression, end = b"", 0
        names: list[bytes] = []
        for found in _PLACEHOLDER.finditer(expected):
            expression += re.escape(expected[end : found.start()])
            end, name = found.end(), found[1]
            if name == b"any":
                expression += b".*"
            elif name in self._known:
                expression += re.escape(self._known[name])
            elif name in names:
                expression += b"\\%d" % (names.index(name) + 1)
            else:
                names.append(name)
                expression += rb"([^\s()\]]+)"
        match = re.fullmatch(expression + re.escape(expected[end:]), line, re.DOTALL)
        if match is None:
            return False
        self._known.update(zip(names, match.groups(), strict=True))
        return True


def packets(steps: list[Step]) -> Iterator[Step]:
    """The steps with neighbouring lines of one client joined, each with its CRLF."""
    waiting: Step | None = None
    for step in steps:
        if waiting is not None and (step.kind, step.client) == (waiting.kind, waiting.client):
            waiting = waiting._replace(octets=waiting.octets + step.octets + b"\r\n")
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        if step.kind == "C":
            waiting = step._replace(octets=step.octets + b"\r\n")
        else:
            yield step
    if waiting is not None:
        yield waiting
