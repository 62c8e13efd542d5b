"""Sample mail whose form is out of the ordinary, as real mailboxes hold it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from mailstore.demo.compose import Attachment, Letter, Sample, compose, finish, message_id, raw
from mailstore.demo.pictures import wave, zipped

OLU: Final = "Olu Adeyemi <olu@lightkeepers.example>"


def curiosities(me: str, now: datetime) -> Iterator[Sample]:
    """One of each kind, newest last."""
    makers = (
        (_forwarded, ("\\Seen", "$Forwarded")),
        (_invitation, ()),
        (_signed, ("\\Seen",)),
        (_delivery_report, ()),
        (_read_receipt, ("\\Seen",)),
        (_digest, ()),
        (_deep, ("\\Seen",)),
        (_long_header, ("\\Seen",)),
        (_raw_header, ()),
        (_no_subject, ()),
        (_dots, ("\\Seen",)),
        (_flowed, ("\\Seen",)),
        (_archive, ("\\Answered", "\\Seen")),
        (_large, ("\\Seen",)),
        (_html_only, ()),
    )
    for number, (make, flags) in enumerate(makers):
        date = now - timedelta(days=1, hours=23 - number)
        yield Sample("INBOX", make(me, date), date, flags)


def _start(name: str, subject: str, sender: str, me: str, date: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(date)
    message["From"] = sender
    message["To"] = me
    message["Subject"] = subject
    message["Message-ID"] = message_id(name)
    return message


def _parse(octets: bytes) -> EmailMessage:
    message = BytesParser(policy=SMTP).parsebytes(octets)
    assert isinstance(message, EmailMessage)  # noqa: S101 - what this policy makes
    return message


def _forwarded(me: str, date: datetime) -> bytes:
    """A message within a message within a message, with an attachment at the bottom."""
    foghorn = Attachment("foghorn.wav", "audio/wav", wave())
    inner = compose(
        Letter(
            "horn",
            "How it sounds",
            OLU,
            "ines@lightkeepers.example",
            "Loud.\n",
            attachments=(foghorn,),
        ),
        date - timedelta(days=2),
    )
    middle = _start("horn-fwd", "Fwd: How it sounds", "ines@lightkeepers.example", OLU, date)
    middle.set_content("See below.\n")
    middle.add_attachment(_parse(inner))
    outer = _start("horn-fwd-fwd", "Fwd: Fwd: How it sounds", OLU, me, date)
    outer.set_content("You have to hear this.\n")
    outer.add_attachment(_parse(finish(middle, "horn-fwd")))
    return finish(outer, "horn-fwd-fwd")


def _invitation(me: str, date: datetime) -> bytes:
    """iMIP, RFC 6047."""
    start = (date + timedelta(days=7)).replace(hour=9, minute=0, second=0)
    event = "\r\n".join(
        (
            "BEGIN:VCALENDAR",
            "PRODID:-//lightkeepers.example//demo//EN",
            "VERSION:2.0",
            "METHOD:REQUEST",
            "BEGIN:VEVENT",
            "UID:stairs@lightkeepers.example",
            f"DTSTAMP:{date:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
            "SUMMARY:Inspection of the stairs",
            "LOCATION:Tower\\, ground floor",
            "ORGANIZER;CN=Olu Adeyemi:mailto:olu@lightkeepers.example",
            f"ATTENDEE;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:{me.split('<')[-1].rstrip('>')}",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        )
    )
    message = _start("invitation", "Invitation: Inspection of the stairs", OLU, me, date)
    message.set_content("You are invited to: Inspection of the stairs\n")
    message.add_alternative(event, subtype="calendar", params={"method": "REQUEST"})
    message.add_attachment(event, subtype="calendar", filename="invite.ics")
    return finish(message, "invitation")


def _signed(me: str, date: datetime) -> bytes:
    """S/MIME with a certificate of its own; the signature differs from run to run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Olu Adeyemi")])
    address = x509.RFC822Name("olu@lightkeepers.example")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(date - timedelta(days=1))
        .not_valid_after(date + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = "Content-Type: text/plain; charset=utf-8\r\n\r\nThe key of the tower is 4711.\r\n"
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(text.encode())
        .add_signer(certificate, key, hashes.SHA256())
        .sign(Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
    )
    message = _start("signed", "Signed: the key", OLU, me, date)
    return message.as_bytes().rstrip(b"\r\n") + b"\r\n" + _crlf(signed)


def _crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _report(kind: str, fields: str, start: EmailMessage, text: str, returned: bytes) -> bytes:
    """A multipart/report, RFC 6522: text for people, fields for programs, the message."""
    boundary = f"=_report-{kind}"
    header = start.as_bytes().rstrip(b"\r\n") + b"\r\nMIME-Version: 1.0\r\n"
    header += (
        f'Content-Type: multipart/report; report-type={kind};\r\n\tboundary="{boundary}"\r\n'
    ).encode()
    parts = (
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _crlf(text.encode()),
        f"Content-Type: message/{kind}\r\n\r\n".encode() + _crlf(fields.encode()),
        b"Content-Type: message/rfc822\r\n\r\n" + returned,
    )
    body = b"".join(f"\r\n--{boundary}\r\n".encode() + part for part in parts)
    return header + body + f"\r\n--{boundary}--\r\n".encode()


def _delivery_report(me: str, date: datetime) -> bytes:
    """RFC 3464."""
    lost = compose(
        Letter("lost", "Lamp oil", me, "oil@nowhere.example", "Is any left?\n"),
        date - timedelta(minutes=4),
    )
    start = _start(
        "bounce",
        "Undelivered Mail Returned to Sender",
        "Mail Delivery System <MAILER-DAEMON@demo.example>",
        me,
        date,
    )
    start["Auto-Submitted"] = "auto-replied"
    fields = (
        "Reporting-MTA: dns; mx.demo.example\n\n"
        "Final-Recipient: rfc822; oil@nowhere.example\n"
        "Action: failed\nStatus: 5.1.2\nDiagnostic-Code: smtp; 550 5.1.2 No such domain\n"
    )
    text = "Your message could not be delivered to oil@nowhere.example.\n"
    return _report("delivery-status", fields, start, text, lost)


def _read_receipt(me: str, date: datetime) -> bytes:
    """RFC 8098."""
    read = compose(
        Letter("keys", "Keys to the tower", me, OLU, "They hang behind the barometer.\n"),
        date - timedelta(hours=2),
    )
    start = _start("receipt", "Read: Keys to the tower", OLU, me, date)
    fields = (
        "Reporting-UA: olu.lightkeepers.example; Mail 1.0\n"
        "Final-Recipient: rfc822; olu@lightkeepers.example\n"
        f"Original-Message-ID: {message_id('keys')}\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n"
    )
    return _report("disposition-notification", fields, start, "The message was read.\n", read)


def _digest(me: str, date: datetime) -> bytes:
    """multipart/digest, whose parts are messages by default (RFC 2046, section 5.1.5)."""
    lines: list[str | bytes] = [
        f"Date: {format_datetime(date)}",
        "From: Light keepers <keepers@lists.lightkeepers.example>",
        f"To: {me}",
        "Subject: keepers Digest, Vol 12",
        f"Message-ID: {message_id('digest')}",
        "MIME-Version: 1.0",
        'Content-Type: multipart/digest; boundary="=_digest"',
        "",
        "A preamble that nobody sees.",
    ]
    for number, subject in enumerate(("Rust", "Rope", "Radio")):
        lines += ["--=_digest", "", f"From: keeper{number}@lists.lightkeepers.example"]
        lines += [f"Subject: {subject}", "", f"About {subject.lower()}.", ""]
    return raw([*lines, "--=_digest--", "An epilogue that nobody sees either."])


def _deep(me: str, date: datetime) -> bytes:
    """Multiparts in multiparts, six deep."""
    lines: list[str | bytes] = [
        f"Date: {format_datetime(date)}",
        f"From: {OLU}",
        f"To: {me}",
        "Subject: Boxes in boxes",
        f"Message-ID: {message_id('deep')}",
        "MIME-Version: 1.0",
    ]
    for level in range(6):
        lines += [f'Content-Type: multipart/mixed; boundary="=_box{level}"', "", f"--=_box{level}"]
    lines += ["Content-Type: text/plain", "", "At the bottom: a pearl."]
    lines += [f"--=_box{level}--" for level in reversed(range(6))]
    return raw(lines)


def _long_header(me: str, date: datetime) -> bytes:
    """Many recipients, a long subject, a long list of references."""
    recipients = ", ".join(f"Keeper No. {n} <keeper{n}@lightkeepers.example>" for n in range(120))
    return compose(
        Letter(
            "everybody",
            "To all keepers: " + "the annual meeting takes place in the boat house, " * 6,
            OLU,
            me,
            "See you there.\n",
            answers=tuple(f"meeting-{number}" for number in range(40)),
            headers=(("Cc", recipients),),
        ),
        date,
    )


def _raw_header(me: str, date: datetime) -> bytes:
    """Octets in the header that are neither ASCII nor announced, as spam has them."""
    return raw(
        [
            f"Date: {date:%d %b %Y %H:%M:%S} GMT",
            "From: Gr\u00fc\u00dfe <raw@world.example>".encode("latin-1"),
            f"To: {me}",
            "Subject: Caf\u00e9 am Pier".encode("latin-1"),
            "X-Empty:",
            "X-Folded: one",
            "\ttwo",
            " three",
            "",
            "No MIME-Version, 8-bit octets anyway: caf\u00e9".encode("latin-1"),
        ]
    )


def _no_subject(me: str, date: datetime) -> bytes:
    """Hardly a header, and no body."""
    return raw([f"From: {OLU}", ""])


def _dots(me: str, date: datetime) -> bytes:
    """Lines that begin with dots, for POP3, and one line of 2,000 characters."""
    text = (
        ".hidden\n..\n.\nThe line above is one dot.\n"
        + "wave " * 400
        + "\nFrom here on, no more.\n"
    )
    return compose(Letter("dots", "Dots and long lines", OLU, me, text, encoding="8bit"), date)


def _flowed(me: str, date: datetime) -> bytes:
    """format=flowed, RFC 3676."""
    message = _start("flowed", "On the weather", OLU, me, date)
    text = "The wind comes from the west today, and it will go on \nuntil Thursday.\n> Really?\n"
    message.set_content(text + "-- \nOlu\n")
    message.set_param("format", "flowed")
    return finish(message, "flowed")


def _archive(me: str, date: datetime) -> bytes:
    files = {"log/1.txt": b"All quiet.\n" * 500, "log/2.txt": b"Fog.\n" * 500}
    return compose(
        Letter(
            "log",
            "Log book as a ZIP file",
            OLU,
            me,
            "October and November.\n",
            attachments=(Attachment("log.zip", "application/zip", zipped(files)),),
        ),
        date,
    )


def _large(me: str, date: datetime) -> bytes:
    """About a megabyte, so that a download can be seen."""
    table = "".join(
        f"{n:6d}  high water {n * 7 % 24:02d}:{n * 13 % 60:02d}\n" for n in range(40_000)
    )
    return compose(
        Letter(
            "tides",
            "Tide table, all years",
            OLU,
            me,
            "The whole table is attached.\n",
            attachments=(Attachment("tides.csv", "text/csv", table.encode()),),
        ),
        date,
    )


def _html_only(me: str, date: datetime) -> bytes:
    page = "<html><body><h2>Harbour market</h2><ul><li>Crab<li>Mussels<li>Rope</ul>&copy; Pier 4"
    return compose(
        Letter("market", "Market on Sunday", "market@harbour.example", me, html=page), date
    )
