"""NOTIFY, with other programs that change mailboxes which nobody has open."""

from __future__ import annotations

import shutil
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


def test_a_mailbox_that_another_program_makes_is_told_of_and_watched() -> None:
    with Server() as server, Wire(server, "imaps") as wire:
        log_in(wire)
        wire.send(b"a NOTIFY SET (personal (MailboxName MessageNew MessageExpunge))\r\n")
        assert wire.until(b"a ")[-1].startswith(b"a OK")
        made = server.accounts["alice"].maildir / "made"
        for part in ("cur", "new", "tmp"):
            (made / part).mkdir(parents=True)
        folder = made.rename(made.with_name(".Made"))
        assert wire.line() == b'* LIST (\\HasNoChildren) "/" Made'
        drop(folder, "1.example")
        assert wire.line().startswith(b"* STATUS Made (MESSAGES 1 UIDNEXT 2 UNSEEN 1")
        shutil.rmtree(folder)
        lines = wire.until(b"* LIST (\\NonExistent) ")
        assert lines[-1] == b'* LIST (\\NonExistent) "/" Made'
        assert wire.ask(b"b CREATE Own") == b"b OK CREATE completed"
        assert wire.ask(b"c RENAME Own Other") == b"c OK RENAME completed"
        assert wire.ask(b"d DELETE Other") == b"d OK DELETE completed"
        wire.send(b"e LOGOUT\r\n")
        assert wire.line().startswith(b"* BYE")
