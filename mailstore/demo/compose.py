"""Builds sample messages: the same octets for the same words and the same moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

DOMAIN: Final = "demo.example"

CRLF_POLICY: Final = SMTP.clone(max_line_length=76)


@dataclass(frozen=True)
class Sample:
    """A message and where it lies. ``flags`` are names such as ``\\Seen`` and keywords."""

    mailbox: str
    message: bytes
    date: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attachment:
    """``kind`` is a media type; ``cid`` makes it part of an HTML page (multipart/related)."""

    name: str
    kind: str
    octets: bytes
    cid: str = ""


@dataclass(frozen=True)
class Letter:
    """What a person would say about a message; ``compose`` does the rest.

    ``name`` makes the Message-ID; ``headers`` are added as they are.
    """

    name: str
    subject: str
    sender: str
    to: str
    text: str = ""
    html: str = ""
    charset: str = "utf-8"
    encoding: str | None = None
    answers: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=())


def message_id(name: str) -> str:
    return f"<{name}@{DOMAIN}>"


def compose(letter: Letter, date: datetime) -> bytes:
    """The whole message with CRLF line ends."""
    message = EmailMessage(policy=CRLF_POLICY)
    message["Date"] = format_datetime(date)
    message["From"] = letter.sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Message-ID"] = message_id(letter.name)
    if letter.answers:
        message["In-Reply-To"] = message_id(letter.answers[-1])
        message["References"] = " ".join(map(message_id, letter.answers))
    for name, value in letter.headers:
        message[name] = value
    _set_content(message, letter)
    return finish(message, letter.name)


def _set_content(message: EmailMessage, letter: Letter) -> None:
    if letter.text or not letter.html:
        message.set_content(letter.text, charset=letter.charset, cte=letter.encoding)
        if letter.html:
            message.add_alternative(letter.html, subtype="html")
    else:
        message.set_content(letter.html, subtype="html", charset=letter.charset)
    html = message.get_body(("html",))
    for attachment in letter.attachments:
        _attach(message, html, attachment)


def _attach(message: EmailMessage, html: MIMEPart | None, attachment: Attachment) -> None:
    main, _, sub = attachment.kind.partition("/")
    if attachment.cid and html is not None:
        html.add_related(attachment.octets, main, sub, cid=f"<{attachment.cid}>")
    else:
        message.add_attachment(attachment.octets, main, sub, filename=attachment.name)


def finish(message: EmailMessage, name: str) -> bytes:
    """Flatten, with boundaries that depend on ``name`` alone."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            digest = sha256(f"{name}/{number}".encode()).hexdigest()[:24]
            part.set_boundary(f"=_{digest}")
        if number and "From" not in part:
            del part["MIME-Version"]  # it belongs to messages, not to their parts
    return message.as_bytes()


def raw(lines: Iterable[str | bytes]) -> bytes:
    """A message from its lines, for what the library would not let through."""
    octets = (line.encode() if isinstance(line, str) else line for line in lines)
    return b"".join(line + b"\r\n" for line in octets)
