"""Maildirs move from Dovecot to here and back, and nobody downloads a message twice."""

from __future__ import annotations

import imaplib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailstore.model.flags import FLAGGED, SEEN
from mailstore.store import durable
from mailstore.store.maildir import filename, keywords, names, subscriptions, uidlist
from mailstore.store.maildir.spool import MaildirSpool
from tests.dovecot import Dovecot, dovecot_binary

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(dovecot_binary() is None, reason="dovecot is not installed"),
]

MESSAGE = b"Subject: %d\r\n\r\nBody of %d\r\n"


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    # /tmp and not pytest's folder: Dovecot reads mail as another user when root starts it.
    with tempfile.TemporaryDirectory(prefix="maildir-") as folder:
        Path(folder).chmod(0o755)
        server = Dovecot(Path(folder), {"ada": "secret"}, separator="/")
        yield server
        server.stop()
        log = server.log()
    assert "Error" not in log
    assert "Panic" not in log


def ask(server: Dovecot, work: Callable[[imaplib.IMAP4], None]) -> None:
    with server, imaplib.IMAP4("127.0.0.1", server.imap_port) as client:
        client.login("ada", "secret")
        work(client)


def fetch(client: imaplib.IMAP4, uids: bytes) -> dict[int, tuple[str, ...]]:
    """UID to sorted flags without \\Recent."""
    _, lines = client.uid("FETCH", uids.decode(), "(FLAGS)")
    found = {}
    for line in lines:
        uid = int(line.split(b"UID ")[1].split()[0].rstrip(b")"))
        flags = (flag.decode() for flag in imaplib.ParseFlags(line))
        found[uid] = tuple(sorted(flag for flag in flags if flag != "\\Recent"))
    return found


def test_what_dovecot_wrote_is_read(dovecot: Dovecot) -> None:
    said: dict[str, list[bytes | None]] = {}

    def work(client: imaplib.IMAP4) -> None:
        for name in ("Archive/2026", "Caf&AOk-", "a&-b"):
            client.create(f'"{name}"')
            client.subscribe(f'"{name}"')
        for number in range(5):
            client.append("INBOX", "(\\Seen $Label1 work)", None, MESSAGE % (number, number))
        client.select("INBOX")
        client.copy("2", "INBOX")
        client.store("1,6", "+FLAGS", "(\\Deleted)")
        client.expunge()
        said["validity"] = client.response("UIDVALIDITY")[1]
        client.logout()

    ask(dovecot, work)
    root = dovecot.maildir("ada")
    found = uidlist.read(root / uidlist.NAME)
    assert said["validity"] == [b"%d" % found.uid_validity]
    assert (found.damage, found.uid_next) == ([], 7)
    bases = {filename.split(name)[0] for name in os.listdir(os.fsencode(root / "cur"))}
    assert bases <= set(found.names)
    learnt = keywords.read(root / keywords.NAME)
    assert learnt.letters() == {b"$label1": b"a", b"work": b"b"}
    for name in os.listdir(os.fsencode(root / "cur")):
        parsed = filename.parse(name)
        assert filename.parse_letters(parsed.letters) == (SEEN, b"ab", b"")
        # Dovecot turns CRLF into LF as it stores a message.
        assert parsed.size == os.stat(os.fsencode(root / "cur") + b"/" + name).st_size
        assert parsed.virtual_size == parsed.size + 3
    assert subscriptions.read(root / subscriptions.NAME).names == ["Archive/2026", "Café", "a&b"]
    folders, _ = names.names_of(os.listdir(root))
    assert sorted(folders) == ["Archive/2026", "Café", "a&b"]


def add(root: Path, number: int, letters: bytes) -> bytes:
    spool = MaildirSpool(root / "tmp")
    spool.write(MESSAGE % (number, number))
    base = filename.with_sizes(spool.name, spool.size, spool.size)
    durable.place(spool.seal(), os.fsencode(root / "cur") + b"/" + filename.build(base, letters))
    spool.placed()
    return base


def test_what_we_write_dovecot_reads(dovecot: Dovecot) -> None:
    root = dovecot.maildir("ada")
    for folder in (root, root / names.folder_of("Archive/2026")):
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True)
    learnt = keywords.Keywords()
    learnt = keywords.allocate(root / keywords.NAME, learnt, [b"$Label1", b"work"], root / "tmp")
    letters = filename.encode_letters(SEEN | FLAGGED, b"ab")
    entries = [(uid, add(root, uid, letters), b"") for uid in (3, 4, 9)]
    blank = uidlist.Uidlist(uid_validity=1_234_567_890, uid_next=20, mailbox_id=b"0f" * 16)
    mark = uidlist.rewrite(root / uidlist.NAME, blank, root / "tmp", entries)
    uidlist.append(root / uidlist.NAME, mark, [(20, add(root, 20, b""), b"Pmy-own-id")])
    subscriptions.write(root / subscriptions.NAME, ["INBOX", "Archive/2026"], root / "tmp")
    said: dict[str, object] = {}

    def work(client: imaplib.IMAP4) -> None:
        client.select("INBOX")
        said["validity"] = client.response("UIDVALIDITY")[1]
        said["next"] = client.response("UIDNEXT")[1]
        said["flags"] = fetch(client, b"1:*")
        said["body"] = client.uid("FETCH", "9", "(BODY.PEEK[])")[1][0][1]
        said["lsub"] = sorted(line.split()[-1] for line in client.lsub('""', "*")[1])
        client.append("INBOX", "", None, MESSAGE % (21, 21))
        client.logout()

    ask(dovecot, work)
    flagged = ("$Label1", "\\Flagged", "\\Seen", "work")
    assert said == {
        "validity": [b"1234567890"],
        "next": [b"21"],
        "flags": {3: flagged, 4: flagged, 9: flagged, 20: ()},
        "body": MESSAGE % (9, 9),
        "lsub": [b"Archive/2026", b"INBOX"],
    }
    after = uidlist.read(root / uidlist.NAME)
    assert list(after.uids) == [3, 4, 9, 20, 21]
    assert after.fields == {20: b"Pmy-own-id"}
    assert after.mailbox_id == b"0f" * 16
