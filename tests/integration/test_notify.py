"""NOTIFY, with other programs that change mailboxes which nobody has open."""

from __future__ import annotations

from pathlib import Path

from tests.integration.wire import Wire
from tests.server import Server

MESSAGE = b"From: bob@example.org\nSubject: dropped\n\nBy another program.\n"


def log_in(wire: Wire) -> None:
    wire.line()
    wire.send(b'in LOGIN alice "correct horse"\r\n')
    assert wire.until(b"in ")[-1].startswith(b"in OK")


def drop(folder: Path, name: str) -> None:
    """Deliver a message as a delivery agent does."""
    (folder / "tmp" / name).write_bytes(MESSAGE)
    (folder / "tmp" / name).rename(folder / "new" / name)


def test_a_file_dropped_into_a_mailbox_that_is_not_selected_is_told_by_status() -> None:
    with Server() as server, Wire(server, "imaps") as wire:
        log_in(wire)
        assert wire.ask(b"a CREATE Lists").startswith(b"a OK")
        wire.send(b"b SELECT INBOX\r\n")
        wire.until(b"b OK")
        wire.send(
            b"c NOTIFY SET (selected (MessageNew (UID) MessageExpunge))"
            b" (mailboxes Lists (MessageNew MessageExpunge FlagChange))\r\n"
        )
        assert wire.until(b"c ")[-1].startswith(b"c OK")
        maildir = server.accounts["alice"].maildir
        drop(maildir / ".Lists", "1.example")
        assert wire.line().startswith(b"* STATUS Lists (MESSAGES 1 UIDNEXT 2 UNSEEN 1 ")
        (maildir / ".Lists/new/1.example").rename(maildir / ".Lists/cur/1.example:2,S")
        assert wire.line().startswith(b"* STATUS Lists (UNSEEN 0 ")
        drop(maildir, "2.example")
        assert [wire.line() for _ in range(3)] == [
            b"* 1 EXISTS",
            b"* 1 RECENT",
            b"* 1 FETCH (UID 1)",
        ]
        (maildir / ".Lists/cur/1.example:2,S").unlink()
        assert wire.line().startswith(b"* STATUS Lists (MESSAGES 0 UIDNEXT 2 UNSEEN 0 ")
