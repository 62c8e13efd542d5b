"""X-GUID is what Dovecot says, for what either of the two has copied."""

from __future__ import annotations

import imaplib
import tempfile
from pathlib import Path

import pytest

from mailstore.model.sequence_set import MAX_UID
from mailstore.store.opening import open_user
from mailstore.store.ports import Column
from tests.dovecot import Dovecot, dovecot_binary

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(dovecot_binary() is None, reason="dovecot is not installed"),
]

ALL = [(1, MAX_UID)]


def dovecot_says(server: Dovecot, *commands: tuple[str, ...]) -> dict[int, bytes]:
    """GUIDs by UID, after these UID commands."""
    with server, imaplib.IMAP4("127.0.0.1", server.imap_port) as client:
        client.login("ada", "secret")
        client.select("INBOX")
        for command in commands:
            client.uid(*command)
        found = {}
        for line in client.uid("FETCH", "1:*", "(X-GUID)")[1]:
            words = line.strip(b")").split()
            found[int(words[2])] = words[4].strip(b'"')
        client.logout()
    return found


def we_say(root: Path, copied: int | None = None) -> dict[int, bytes]:
    store = open_user(root)
    inbox = store.open("INBOX")
    inbox.sync()
    if copied is not None:
        inbox.copy([(copied, copied)], "INBOX")
    found = dict(inbox.rows((Column.UID, Column.GUID), ALL))
    inbox.close()
    store.close()
    return found


def test_both_say_the_same() -> None:
    with tempfile.TemporaryDirectory(prefix="maildir-") as folder:
        Path(folder).chmod(0o755)
        server = Dovecot(Path(folder), {"ada": "secret"}, separator="/")
        root = server.maildir("ada")
        (root / "cur").mkdir(parents=True)
        for name in ("1000000000.M1.host:2,S", "1000000001.M2.host,S=12,W=14:2,"):
            (root / "cur" / name).write_bytes(b"Subject: x\n\n")
        theirs = dovecot_says(server, ("COPY", "2", "INBOX"), ("STORE", "1", "+FLAGS", "(\\Seen)"))
        assert theirs[2] == theirs[3] == b"1000000001.M2.host,S=12,W=14"
        ours = we_say(root, copied=3)
        assert ours == {**theirs, 4: theirs[3]}
        assert dovecot_says(server) == ours
        server.stop()
