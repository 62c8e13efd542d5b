"""Messages that are made to be dear: to take apart, to describe, to send, to search."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.adversary.fort import MIB, PATIENCE_S, Fort, append, log_in, select
from tests.integration.wire import Wire

pytestmark = pytest.mark.slow

STALL_S = 2.0
"""How long anybody else may be kept waiting by one client, on a busy machine."""

PARTS = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"

BOMBS = {
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + PARTS * 100_000
    + b"--b--",
    "100,000 delimiters": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n" * 100_000,
    "10,000 boundaries": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(10_000)
    ),
    "10,000 messages within one another": b"Content-Type: message/rfc822\r\n\r\n" * 10_000,
    "boundaries that begin alike": b"Content-Type: multipart/mixed; boundary="
    + b"a" * 70
    + b"\r\n\r\n"
    + (b"--" + b"a" * 69 + b"\r\n") * 20_000,
    "an endless boundary": b"Content-Type: multipart/mixed; boundary=" + b"b" * MIB + b"\r\n\r\nx",
    "1 MiB of (": b"From: " + b"(" * MIB + b"\r\nTo: " + b"(\\" * (MIB // 2) + b"\r\n\r\nx",
    "1 MiB of quotes": b"From: " + b'"' * MIB + b'\r\nTo: "' + b"\\" * MIB + b"\r\n\r\nx",
    "1 MiB of angles": b"From: " + b"<" * MIB + b"\r\nTo: " + b"<@," * (MIB // 3) + b"\r\n\r\nx",
    "100,000 addresses": b"To: " + b"a@b, " * 100_000 + b"c@d\r\n\r\nx",
    "100,000 groups": b"To: " + b"g:;, " * 100_000 + b"c@d\r\n\r\nx",
    "10,000 To": b"To: a@b\r\n" * 10_000 + b"\r\nx",
    "100,000 fields": b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\nx",
    "one field of 10 MiB": b"Subject: " + b"s" * (10 * MIB) + b"\r\n\r\nx",
    "a field of 1,000,000 lines": b"Subject: s\r\n" + b" s\r\n" * 1_000_000 + b"\r\nx",
    "100,000 parameters": b"Content-Type: text/plain"
    + b"".join(b"; p%d=v" % n for n in range(100_000))
    + b"\r\n\r\nx",
    "100,000 continuations": b"Content-Type: text/plain"
    + b"".join(b"; name*%d*=utf-8''%%41" % n for n in range(100_000))
    + b"\r\n\r\nx",
    "100,000 encoded words": b"Subject: " + b"=?utf-8?q?=41?= " * 100_000 + b"\r\n\r\nx",
    "nested encoded words": b"Subject: " + b"=?utf-8?q?" * 100_000 + b"\r\n\r\nx",
    "a character set of 1 MiB": b"Content-Type: text/plain; charset="
    + b"c" * MIB
    + b"\r\nSubject: =?"
    + b"c" * MIB
    + b"?q?x?=\r\n\r\nx",
    "4 MiB of base64 that is none": b"Content-Transfer-Encoding: base64\r\n\r\n"
    + b"=A!" * (4 * MIB // 3),
    "4 MiB of quoted-printable": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    + b"=" * (4 * MIB),
    "4 MiB without a line end": b"x" * (4 * MIB),
    "4 MiB of line ends": b"\n" * (4 * MIB),
    "2 MiB of CR": b"Subject: x\r\n\r\n" + b"\r" * (2 * MIB),
    "2 MiB of NUL": b"\0" * (2 * MIB),
    "no header": b"\r\n\r\nx",
    "nothing but colons": b":" * MIB,
    "noise": bytes(range(256)) * 8192,
    "a header that is cut off": b'From: "\\',
    "dates": b"Date: " + b"(" * 100_000 + b"1 Jan 99999999999 99:99:99 +9999\r\n\r\nx",
    "references": b"References: "
    + b"<a@b> " * 200_000
    + b"\r\nMessage-ID: "
    + b"<" * MIB
    + b"\r\n\r\nx",
}


class Pulse:
    """Somebody else who uses the server, and how long each answer took."""

    def __init__(self, fort: Fort) -> None:
        self._fort = fort
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.longest_s = 0.0
        self.answers = 0

    def _run(self) -> None:
        with Wire(self._fort, "imap") as wire:
            log_in(wire, "bob")
            while not self._stop.is_set():
                began = time.monotonic()
                if not wire.ask(b"n NOOP").startswith(b"n OK"):
                    self.longest_s = PATIENCE_S
                    return
                self.longest_s = max(self.longest_s, time.monotonic() - began)
                self.answers += 1
                self._ready.set()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


@contextmanager
def unnoticed(fort: Fort, most: int = 64 * MIB) -> Iterator[None]:
    """Nobody else is kept waiting meanwhile, and the server needs no more than ``most``."""
    pulse = Pulse(fort)
    pulse.start()
    before = fort.forget_peak()
    try:
        yield
    finally:
        pulse.stop()
    used = fort.peak() - before
    assert used < most, f"{used // MIB} MiB"
    assert pulse.longest_s < STALL_S, f"{pulse.longest_s:.2f} s"


def ask(wire: Wire, command: bytes, *, timeout_s: float = PATIENCE_S) -> tuple[bytes, int]:
    """The tagged answer, and how many octets came before it."""
    wire.socket.settimeout(timeout_s)
    wire.send(b"tag " + command + b"\r\n")
    size, tail = 0, b""
    while True:
        octets = wire.socket.recv(1 << 20)
        assert octets, "the connection was closed"
        size += len(octets)
        tail = (tail + octets)[-400:]
        last = tail[:-2].rpartition(b"\r\n")[2]
        if tail.endswith(b"\r\n") and last.startswith((b"tag OK", b"tag NO", b"tag BAD")):
            assert b"SERVERBUG" not in last, last
            return last, size - len(last) - 2


@pytest.fixture
def fort() -> Iterator[Fort]:
    with Fort() as new:
        yield new
        new.unharmed()


def test_every_bomb_can_be_stored_described_read_and_searched(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for number, (name, bomb) in enumerate(BOMBS.items(), 1):
            began = fort.processor_s()
            with unnoticed(fort, 200 * MIB):
                assert append(wire, bomb).startswith(b"ap OK"), name
                select(wire)
                for command, limit in (
                    (b"FETCH %d ENVELOPE", 4 * MIB),
                    (b"FETCH %d BODYSTRUCTURE", 4 * MIB),
                    (b"FETCH %d BODY", 4 * MIB),
                    (b"FETCH %d (FLAGS RFC822.SIZE INTERNALDATE)", 1000),
                    (b"FETCH %d BODY.PEEK[HEADER.FIELDS (SUBJECT TO)]", 12 * MIB),
                    (b"FETCH %d BODY.PEEK[1]", 12 * MIB),
                    (b"FETCH %d BODY.PEEK[1.MIME]", 12 * MIB),
                    (b"FETCH %d BODY.PEEK[99.99.99.TEXT]", 1000),
                    (b"FETCH %d BODY.PEEK[]<100.1000>", 2000),
                    (b"SEARCH SUBJECT zz", 1000),
                    (b"SEARCH FROM zz", 1000),
                    (b"SEARCH TO zz", 1000),
                    (b"SEARCH BODY zz", 1000),
                    (b"SEARCH TEXT zz", 1000),
                    (b"SEARCH SENTSINCE 1-Jan-2020", 1000),
                ):
                    answer, size = ask(wire, command.replace(b"%d", b"%d" % number))
                    assert answer.startswith(b"tag OK"), (name, command, answer)
                    assert size < limit, (name, command, size)
            assert fort.processor_s() - began < 30, name


def test_many_sections_of_one_great_header_are_sent_one_after_another(fort: Fort) -> None:
    """Each is nine mebibytes; a client asks for forty of them and reads none."""
    header = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 70) for number in range(115_000))
    items = b" ".join(b"BODY.PEEK[HEADER.FIELDS.NOT (X)]<%d.9999999>" % n for n in range(40))
    with Wire(fort, "imap") as lazy, Wire(fort, "imap") as wire:
        log_in(lazy)
        log_in(wire)
        append(lazy, b"Subject: x\r\n" + header + b"\r\nbody\r\n")
        select(lazy)
        with unnoticed(fort):
            lazy.send(b"tag FETCH 1 (" + items + b")\r\n")
            for _ in range(50):
                assert wire.ask(b"n NOOP").startswith(b"n OK")
        # The client that did not read may begin to.
        with unnoticed(fort):
            assert lazy.line().startswith(b"* 1 FETCH (BODY[HEADER.FIELDS.NOT (X)]<0> {")


def test_many_great_structures_are_sent_a_few_at_a_time(fort: Fort) -> None:
    part = b'--b\r\nContent-Type: text/plain; charset="%b"\r\n\r\nx\r\n' % (b"c" * 40)
    bomb = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 9_990 + b"--b--\r\n"
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(10):
            append(wire, bomb)
        select(wire)
        for last in (10, 20, 40):
            assert ask(wire, b"COPY 1:%d INBOX" % last)[0].startswith(b"tag OK")
        with unnoticed(fort):
            _, size = ask(wire, b"FETCH 1:* BODYSTRUCTURE")
        assert size > 40 * MIB
        with unnoticed(fort):
            # Not there, and found out from ten thousand parts each time.
            ask(wire, b"FETCH 1:* BODY.PEEK[9999.9]")
        with unnoticed(fort):
            ask(wire, b"FETCH 1:* (ENVELOPE BODY.PEEK[9000.MIME])")
        with unnoticed(fort):
            ask(wire, b"SEARCH TEXT nothing")


def test_many_great_envelopes_are_searched_and_sorted_unnoticed(fort: Fort) -> None:
    names = b", ".join(b'"%d" <%d@example.org>' % (n, n) for n in range(5_000))
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(10):
            append(wire, b"From: %b\r\nTo: %b\r\nCc: %b\r\n\r\nx\r\n" % (names, names, names))
        select(wire)
        for last in (10, 20, 40, 80):
            assert ask(wire, b"COPY 1:%d INBOX" % last)[0].startswith(b"tag OK")
        for items in (b"ENVELOPE", b"(ENVELOPE BODY.PEEK[HEADER.FIELDS (FROM TO CC)])"):
            with unnoticed(fort):
                ask(wire, b"FETCH 1:* " + items)
        with unnoticed(fort):
            ask(wire, b"SEARCH OR FROM zz OR TO zz CC zz")


def test_a_message_whose_parts_have_great_headers_has_a_structure_that_is_bounded(
    fort: Fort,
) -> None:
    part = b'--b\r\nContent-Type: text/plain; name="%b"\r\nContent-ID: <%b>\r\n\r\nx\r\n'
    part %= (b"n" * 3000, b"i" * 3000)
    with Wire(fort, "imap") as wire:
        log_in(wire)
        bomb = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 8_000
        with unnoticed(fort, 250 * MIB):
            assert append(wire, bomb).startswith(b"ap OK")
        select(wire)
        with unnoticed(fort):
            _, size = ask(wire, b"FETCH 1 BODYSTRUCTURE")
        assert size < 8 * MIB


def test_programs_of_many_keys_keep_nobody_waiting(fort: Fort) -> None:
    message = b"Subject: hello\r\nFrom: a@b\r\n\r\n" + b"word " * 200 + b"\r\n"
    with Wire(fort, "imap") as wire:
        log_in(wire)
        wire.send(b"m APPEND INBOX" + b" {%d+}\r\n%b" % (len(message), message) * 1000 + b"\r\n")
        assert wire.until(b"m ")[-1].startswith(b"m OK")
        select(wire)
        for last in (1000, 2000):
            ask(wire, b"COPY 1:%d INBOX" % last)
        for program in (
            b"OR SUBJECT zz " * 490 + b"SUBJECT zz",
            b"NOT " * 990 + b"SUBJECT zz",
            b"OR FROM zz " * 490 + b"SEEN",
            b"SUBJECT hello " * 990,
            b"OR BODY zz " * 30 + b"TEXT zz",
            b"UID 1:* " * 990,
            b"(" * 30 + b"OR SEEN UNSEEN" + b")" * 30,
            b",".join(b"%d" % n for n in range(1, 10_000, 2)),
            b"UID " + b",".join(b"%d:*" % n for n in range(1, 10_000)),
            b"UID " + b",".join([b"1:4294967295"] * 4_000),
        ):
            with unnoticed(fort):
                answer, _ = ask(wire, b"SEARCH " + program.rstrip())
            assert answer.startswith((b"tag OK", b"tag BAD")), (program[:40], answer)
        for command in (
            b"FETCH " + b",".join(b"%d" % (n % 4000 + 1) for n in range(12_000)) + b" FLAGS",
            b"UID FETCH " + b",".join(b"%d" % (2 * n + 1) for n in range(9_000)) + b" FLAGS",
            b"STORE 1:* +FLAGS.SILENT (" + b" ".join(b"k%d" % n for n in range(490)) + b")",
            b"FETCH 1:* FLAGS",
            b"STORE 1:* -FLAGS.SILENT (" + b" ".join(b"k%d" % n for n in range(490)) + b")",
            b"UID STORE 1:4294967295 FLAGS.SILENT ()",
        ):
            with unnoticed(fort, 100 * MIB):
                answer, _ = ask(wire, command)
            assert answer.startswith((b"tag OK", b"tag NO [LIMIT]")), (command[:40], answer)


def test_great_fields_are_selected_and_sent_a_few_at_a_time(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(10):
            append(wire, b"To: " + b"a@b, " * 200_000 + b"c@d\r\nSubject: x\r\n\r\nx\r\n")
        select(wire)
        for last in (10, 20, 40, 80):
            assert ask(wire, b"COPY 1:%d INBOX" % last)[0].startswith(b"tag OK")
        for name in (b"SUBJECT", b"TO", b"NOTHING"):
            with unnoticed(fort):
                ask(wire, b"FETCH 1:* (BODY.PEEK[HEADER.FIELDS (%b)])" % name)


def test_many_patterns_for_many_mailboxes_keep_nobody_waiting(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        wire.send(b"".join(b"c CREATE many/%b%d\r\n" % (b"a" * 80, n) for n in range(200)))
        for _ in range(200):
            assert wire.line().startswith(b"c OK")
        patterns = b" ".join([b"*a" * 20 + b"b"] * 1400)
        with unnoticed(fort):
            ask(wire, b'LIST "" (' + patterns + b")")
        with unnoticed(fort):
            ask(wire, b'LSUB "" "' + b"*a" * 20_000 + b'"')
        with unnoticed(fort):
            ask(wire, b'LIST "" * RETURN (' + b" ".join([b"STATUS (MESSAGES)"] * 50) + b")")
