"""neomutt in a terminal, its keys pressed by a script: no header cache, QRESYNC on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.clients import dump
from tests.clients.maildir import deliver, numbers, stored
from tests.clients.messages import numbered
from tests.clients.programs import Ended, require
from tests.clients.target import Target
from tests.clients.terminal import run_in_terminal


def neomutt(target: Target, home: Path, folder: str, keys: str, *settings: str) -> Ended:
    """Open ``folder``, press ``keys``, and return when neomutt has quit by itself."""
    require("neomutt")
    configuration = home / "neomuttrc"
    lines = [
        f'set folder = "{folder}"',
        'set spoolfile = "+INBOX"' if folder.startswith("imap") else f'set spoolfile = "{folder}"',
        f'set imap_user = "{target.user}"',
        f'set imap_pass = "{target.password}"',
        f'set pop_user = "{target.user}"',
        f'set pop_pass = "{target.password}"',
        f'set ssl_ca_certificates_file = "{target.ca_file}"',
        f'set certificate_file = "{home}/accepted"',
        "set ssl_force_tls = yes",
        "set imap_qresync = yes",
        "unset imap_passive",
        "set sort = mailbox-order",
        "set delete = yes",
        "set quit = yes",
        "set pop_delete = no",
        "unset confirmcreate confirmappend wait_key mark_old move beep",
        "set sleep_time = 0",
        'set from = "reader@example.org"',
        'set sendmail = "/bin/true"',
        'set editor = "/bin/true"',
        *settings,
        f'push "{keys}"',
    ]
    configuration.write_text("\n".join(lines) + "\n")
    ended = run_in_terminal(["neomutt", "-n", "-F", configuration], home=home)
    assert ended.status == 0, ended.output
    return ended


def imap_folder(target: Target) -> str:
    return f"imaps://{target.host}:{target.imaps}/"


def delivered(target: Target, *wanted: int) -> None:
    """In this order: the mailbox is looked at after each, so that each has its number."""
    for number in wanted:
        deliver(target.maildir, numbered(number))
        dump.mailbox(target)


def test_reads_flags_saves_and_deletes(target: Target, home: Path) -> None:
    delivered(target, 0, 1, 2, 3, 4)
    keys = (
        "<first-entry><display-message><exit>"
        "<jump>2<enter><flag-message>"
        "<jump>3<enter><save-message>=Kept<enter>"
        "<jump>4<enter><delete-message>"
        "<quit>"
    )
    drawn = neomutt(target, home, imap_folder(target), keys).output
    assert "Message 0" in drawn
    assert numbers(target.maildir) == [0, 1, 4]
    assert stored(target.maildir)[0].letters == "S"
    assert stored(target.maildir)[1].letters == "F"
    assert numbers(target.maildir, "Kept") == [2]
    assert dump.mailbox(target, "Kept").flags()[2] == ()


def test_searches_on_the_server_and_copies_tagged_messages(target: Target, home: Path) -> None:
    delivered(target, 0, 5, 10, 15)
    keys = (
        "<tag-pattern>=b 'message 10'<enter><tag-pattern>=b 'message 15'<enter>"
        "<tag-prefix><copy-message>=Found<enter><quit>"
    )
    neomutt(target, home, imap_folder(target), keys)
    assert numbers(target.maildir, "Found") == [10, 15]
    assert numbers(target.maildir) == [0, 5, 10, 15]


def test_second_session_resynchronises(target: Target, home: Path) -> None:
    delivered(target, 0, 1, 2)
    cache = (f'set header_cache = "{home}/headers"', f'set message_cachedir = "{home}/bodies"')
    neomutt(target, home, imap_folder(target), "<quit>", *cache)
    with dump.connect(target) as session:
        session.select()
        session.store("1", "+FLAGS", r"(\Seen \Flagged)")
        session.store("2", "+FLAGS", r"(\Deleted)")
        session.expunge()
    delivered(target, 3)
    keys = "<tag-pattern>~F<enter><tag-prefix><copy-message>=Seen<enter><quit>"
    drawn = neomutt(target, home, imap_folder(target), keys, *cache).output
    assert "Message 3" in drawn
    assert numbers(target.maildir, "Seen") == [0]
    assert numbers(target.maildir) == [0, 2, 3]


def test_postponed_draft_is_appended(target: Target, home: Path) -> None:
    keys = "<mail>someone@example.org<enter>A draft<enter><postpone-message><quit>"
    settings = ('set postponed = "+Drafts"', "set postpone = yes", "set abort_unmodified = no")
    neomutt(target, home, imap_folder(target), keys, *settings)
    with dump.connect(target) as session:
        assert session.select("Drafts")[1] == [b"1"]
        data: Any = session.fetch("1", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
    (head, fields), tail = data
    assert b"\\Draft" in head + tail
    assert fields == b"Subject: A draft\r\n\r\n"


def test_pop3_mailbox_is_read_and_deleted_from(target: Target, home: Path) -> None:
    delivered(target, 0, 1, 2)
    keys = "<display-message><exit><jump>2<enter><delete-message><quit>"
    url = f"pops://{target.host}:{target.pop3s}/"
    drawn = neomutt(target, home, url, keys).output
    assert "Message 0" in drawn
    assert numbers(target.maildir) == [0, 2]
