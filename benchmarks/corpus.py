"""A deterministic mailbox that looks like one people have.

Messages are text, multipart/alternative, and attachments from a few kilobytes to two
megabytes, with the long headers that relays and list servers leave. They are written with
LF line ends and with ``,S=,W=`` in their names, as a delivery agent leaves them, so that
neither server is given what it would rather have.
"""

from __future__ import annotations

import base64
import email.utils
import random
from collections.abc import Iterator
from pathlib import Path

WORDS = (
    "account agenda agreement archive attached board budget calendar change client "
    "colleague comment contract customer data deadline delivery design detail draft "
    "estimate event example factory figure forward garden holiday invoice journey letter "
    "library machine market meeting message minute monday network number office order "
    "package paper payment picture planning project question quarter report request "
    "result review river schedule server session shipment sketch station summer support "
    "table ticket travel update version visit weather window winter workshop yesterday"
).split()
PEOPLE = (
    ("Ada Lovelace", "ada@example.org"),
    ("Bjørn Åse", "bjorn@example.net"),
    ("Chen Wei", "wei@example.com"),
    ("Dora Márquez", "dora@example.org"),
    ("Emil Noether", "emil@example.net"),
    ("Faye O'Neill", "faye@example.com"),
    ("Build robot", "robot@ci.example.org"),
    ("Weekly letter", "news@letters.example.com"),
)
START = 1_700_000_000


def message(number: int) -> bytes:
    """The message of that number, always the same, with LF line ends."""
    rng = random.Random(number)
    kind = rng.random()
    name, sender = rng.choice(PEOPLE)
    subject = " ".join(rng.choices(WORDS, k=rng.randint(2, 8)))
    parent = rng.randrange(max(1, number)) if number and rng.random() < 0.5 else None
    headers = [
        f"Return-Path: <{sender}>",
        *_trace(rng, number),
        f"Message-ID: <{number}@example.org>",
        f"Date: {_date(START + number * 600)}",
        f"From: {_display(name)} <{sender}>",
        "To: bench@example.org",
    ]
    if rng.random() < 0.3:
        headers.append("Cc: " + ", ".join(f"{_display(n)} <{a}>" for n, a in rng.sample(PEOPLE, 3)))
    if parent is not None:
        headers.append(f"In-Reply-To: <{parent}@example.org>")
        chain = range(max(0, parent - 4), parent + 1)
        headers.append("References: " + "\n ".join(f"<{one}@example.org>" for one in chain))
        subject = "Re: " + subject
    headers.append(
        "Subject: " + (subject if rng.random() < 0.8 else _encoded(subject + " für Zoë"))
    )
    if sender.startswith("news"):
        headers.append("List-Unsubscribe: <mailto:leave@letters.example.com>")
        headers.append("List-Id: Weekly <weekly.letters.example.com>")
    headers.append("MIME-Version: 1.0")
    if kind < 0.35:
        headers += ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
        body = _text(rng, rng.randint(5, 60))
    elif kind < 0.8:
        body = _alternative(rng, headers)
    else:
        body = _mixed(rng, headers)
    return ("\n".join(headers) + "\n\n" + body).encode()


def small(number: int, size: int = 4096) -> bytes:
    """A message of about ``size`` octets with CRLF line ends, for APPEND."""
    head = (
        f"From: ada@example.org\r\nTo: bench@example.org\r\nSubject: note {number}\r\n"
        f"Message-ID: <small-{number}@example.org>\r\n\r\n"
    ).encode()
    line = b"All work and no play makes a dull mailbox, and a long line of text. \r\n"
    return head + line * ((size - len(head)) // len(line))


def write_maildir(folder: Path, count: int) -> int:
    """Put ``count`` messages into ``folder/cur``; returns their octets. Not synced."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    total = 0
    for number, octets in messages(count):
        total += len(octets)
        wire = len(octets) + octets.count(b"\n")
        flags = "S" if number % 10 else ("" if number % 20 else "FS")
        stamp = START + number * 600
        name = f"{stamp}.M{number:06d}P1.bench,S={len(octets)},W={wire}:2,{flags}"
        (folder / "cur" / name).write_bytes(octets)
    return total


def messages(count: int) -> Iterator[tuple[int, bytes]]:
    return ((number, message(number)) for number in range(count))


def _trace(rng: random.Random, number: int) -> list[str]:
    lines = [
        f"Received: from relay{hop}.example.net (relay{hop}.example.net [192.0.2.{hop + 1}])\n"
        f"\tby mx{hop}.example.org (Postfix) with ESMTPS id {rng.getrandbits(40):X}\n"
        f"\tfor <bench@example.org>; {_date(START + number * 600 + hop)}"
        for hop in range(rng.randint(2, 5))
    ]
    signature = base64.b64encode(rng.randbytes(256)).decode()
    folded = "\n\t".join(signature[i : i + 68] for i in range(0, len(signature), 68))
    lines.append(
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;\n"
        f"\ts=mail; h=from:to:subject:date:message-id;\n\tb={folded}"
    )
    lines.append("X-Spam-Status: No, score=-1.9 required=5.0 tests=BAYES_00,DKIM_SIGNED")
    return lines


def _date(epoch: int) -> str:
    return email.utils.formatdate(epoch)


def _display(name: str) -> str:
    if not name.isascii():
        return _encoded(name)
    return f'"{name}"' if not name.replace(" ", "").isalnum() else name


def _encoded(text: str) -> str:
    return "=?utf-8?b?" + base64.b64encode(text.encode()).decode() + "?="


def _text(rng: random.Random, lines: int) -> str:
    return "".join(" ".join(rng.choices(WORDS, k=11)) + ".\n" for _ in range(lines))


def _alternative(rng: random.Random, headers: list[str]) -> str:
    boundary = f"=_alt_{rng.getrandbits(64):x}"
    headers.append(f'Content-Type: multipart/alternative;\n\tboundary="{boundary}"')
    text = _text(rng, rng.randint(5, 40))
    html = "".join(f"<p>{line}</p>=0A\n" for line in text.splitlines())
    return (
        f"--{boundary}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
        f"--{boundary}\nContent-Type: text/html; charset=utf-8\n"
        f"Content-Transfer-Encoding: quoted-printable\n\n<html><body>{html}</body></html>\n"
        f"--{boundary}--\n"
    )


def _mixed(rng: random.Random, headers: list[str]) -> str:
    boundary = f"=_mix_{rng.getrandbits(64):x}"
    headers.append(f'Content-Type: multipart/mixed; boundary="{boundary}"')
    # Most attachments are small; a few are not: 4 kB to 2 MB, evenly by order of size.
    size = int(4_000 * (500 ** (rng.random() ** 3)))
    data = base64.encodebytes(rng.randbytes(size)).decode()
    return (
        f"--{boundary}\nContent-Type: text/plain; charset=utf-8\n\n{_text(rng, 12)}\n"
        f'--{boundary}\nContent-Type: application/pdf; name="{rng.choice(WORDS)}.pdf"\n'
        f"Content-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="{rng.choice(WORDS)}.pdf"\n\n{data}\n'
        f"--{boundary}--\n"
    )
