"""The demo's parts; ``tests/integration/test_demo.py`` runs it."""

from __future__ import annotations

import io
import json
import os
import ssl
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from cryptography import x509
from rich.console import Console

from mailstore.config.configuration import Service
from mailstore.demo import info as demo_info
from mailstore.demo.certificate import make_certificate
from mailstore.demo.data import DemoAccount, DemoData, NotADemo, deliver, new_password
from mailstore.demo.info import DemoInfo, NoDemo
from mailstore.demo.pictures import pdf, png, zipped
from mailstore.demo.samples import samples
from mailstore.demo.screen import curl_command, show
from mailstore.demo.thunderbird import preferences, write_profile
from mailstore.store.check import check_user
from mailstore.store.memory import MemoryStore

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PORTS = {Service.IMAP: 1143, Service.IMAPS: 1993, Service.POP3: 1110, Service.POP3S: 1995}


@pytest.fixture(scope="module")
def mail() -> list[bytes]:
    return [sample.message for sample in samples("alice@demo.example", NOW)]


def test_there_are_fifty_messages_at_least_in_several_mailboxes() -> None:
    found = samples("alice@demo.example", NOW)
    assert len(found) >= 50
    assert len({sample.mailbox for sample in found}) >= 8
    flags = Counter(flag for sample in found for flag in sample.flags)
    assert {"\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "$label1"} <= set(flags)
    assert all(sample.date < NOW for sample in found)


def test_samples_are_the_same_each_time_but_for_the_signature(mail: list[bytes]) -> None:
    again = [sample.message for sample in samples("alice@demo.example", NOW)]
    different = [old for old, new in zip(mail, again, strict=True) if old != new]
    assert [b"multipart/signed" in message for message in different] == [True]


def test_samples_have_crlf_line_ends(mail: list[bytes]) -> None:
    for message in mail:
        assert message.endswith(b"\r\n")
        assert message.count(b"\n") == message.count(b"\r\n") == message.count(b"\r")


def test_samples_are_of_every_kind(mail: list[bytes]) -> None:
    kinds: set[str] = set()
    charsets: set[str] = set()
    for message in mail:
        for part in message_from_bytes(message, policy=default).walk():
            kinds.add(part.get_content_type())
            charsets.add(str(part.get_content_charset()))
    assert kinds >= {
        "text/plain",
        "text/html",
        "text/calendar",
        "multipart/alternative",
        "multipart/related",
        "multipart/signed",
        "multipart/report",
        "multipart/digest",
        "message/rfc822",
        "message/delivery-status",
        "image/png",
        "application/pdf",
        "application/zip",
    }
    assert {"iso-2022-jp", "koi8-r", "euc-kr", "gb18030", "utf-8"} <= charsets


def test_threads_hang_together(mail: list[bytes]) -> None:
    ids, wanted = set(), set()
    for message in mail:
        header = message_from_bytes(message, policy=default)
        ids.add(header["Message-ID"])
        if header["In-Reply-To"]:
            wanted.add(header["In-Reply-To"])
    assert len(ids & wanted) >= 4


def test_samples_are_delivered_with_their_flags_and_dates() -> None:
    store = MemoryStore()
    found = samples("alice@demo.example", NOW)
    deliver(store, found)
    for name, count in Counter(sample.mailbox for sample in found).items():
        assert store.status(name).messages == count
    assert "旅行" in store.subscriptions()
    assert store.status("INBOX").unseen > 5


def test_pictures_are_what_they_say() -> None:
    assert png(3, 2).startswith(b"\x89PNG\r\n\x1a\n")
    document = pdf(["Total (net) 1 \\ 2"])
    start = int(document.split(b"startxref\n")[1].split(b"\n")[0])
    assert document[start:].startswith(b"xref\n")
    assert zipped({"a": b"x"}) == zipped({"a": b"x"})


def test_the_authority_is_limited_to_its_hosts_and_keeps_no_key(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    assert b"PRIVATE" not in files.authority.read_bytes()
    assert files.server.stat().st_mode & 0o077 == 0
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = {str(name.value) for name in limits.value.permitted_subtrees or ()}
    assert permitted == {"localhost", "127.0.0.1/32", "::1/128"}
    ssl.create_default_context(cafile=str(files.authority))


def prepare(folder: Path, *users: tuple[str, str], host: str = "127.0.0.1") -> list[DemoAccount]:
    _, accounts = DemoData(folder, host).prepare(PORTS, users, sample_mail=False)
    return accounts


def test_a_folder_is_used_again_with_the_same_passwords(tmp_path: Path) -> None:
    first = prepare(tmp_path)
    certificate = (tmp_path / "server.pem").read_bytes()
    users = (tmp_path / "users.yaml").read_text()
    assert [account.user for account in first] == ["alice", "bob"]
    assert prepare(tmp_path) == first
    assert (tmp_path / "server.pem").read_bytes() == certificate
    assert (tmp_path / "users.yaml").read_text() == users
    assert check_user(first[0].maildir) == []


def test_named_users_take_the_place_of_alice_and_bob(tmp_path: Path) -> None:
    accounts = prepare(tmp_path, ("carol@example.org", "pass:word"))
    assert [account[:2] for account in accounts] == [("carol@example.org", "pass:word")]
    assert accounts[0].address == "carol@example.org"
    again = prepare(tmp_path, ("carol@example.org", "new"), ("dave", "x"))
    assert [account[:2] for account in again] == [("carol@example.org", "new"), ("dave", "x")]


def test_another_host_gets_another_certificate(tmp_path: Path) -> None:
    prepare(tmp_path)
    before = (tmp_path / "server.pem").read_bytes()
    prepare(tmp_path, host="192.0.2.1")
    assert (tmp_path / "server.pem").read_bytes() != before


def test_a_certificate_that_runs_out_is_replaced(tmp_path: Path) -> None:
    make_certificate(tmp_path, now=datetime.now(UTC) - timedelta(days=396))
    before = (tmp_path / "server.pem").read_bytes()
    prepare(tmp_path)
    assert (tmp_path / "server.pem").read_bytes() != before


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("[]")
    with pytest.raises(NotADemo):
        DemoData(tmp_path, "127.0.0.1")


def test_passwords_differ_and_are_easy_to_type() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(password) == 17 and password.isascii() for password in made)


@pytest.fixture
def info(tmp_path: Path) -> DemoInfo:
    files = make_certificate(tmp_path)
    accounts = [DemoAccount("alice", "it's", tmp_path / "mail/alice")]
    return DemoInfo("localhost", PORTS, files.authority, accounts, os.getpid(), tmp_path)


def test_the_info_file_comes_back_as_it_was_and_is_private(info: DemoInfo, tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    info.write(path)
    assert demo_info.read(path) == info
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text())["ports"] == {
        "imap": 1143,
        "imaps": 1993,
        "pop3": 1110,
        "pop3s": 1995,
    }
    demo_info.remove(path)
    assert not path.exists()


def test_the_info_file_of_another_demo_is_not_removed(info: DemoInfo, tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    info._replace(pid=os.getppid()).write(path)
    demo_info.remove(path)
    assert path.exists()


def test_a_demo_that_ended_is_no_demo(info: DemoInfo, tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    with pytest.raises(NoDemo, match="mailstore demo"):
        demo_info.read(path)
    info._replace(pid=2**22 + 1).write(path)
    with pytest.raises(NoDemo, match="runs no more"):
        demo_info.read(path)


def test_a_runtime_folder_of_somebody_else_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert demo_info.prepare_default() == tmp_path / "mailstore-demo.json"
    tmp_path.chmod(0o777)
    assert demo_info.prepare_default() is None


def test_the_screen_has_every_setting_and_commands_that_can_be_copied(info: DemoInfo) -> None:
    output = io.StringIO()
    show(
        Console(file=output, width=60, highlight=False),
        info,
        temporary=True,
        program="bin/mailstore",
    )
    text = output.getvalue()
    for word in ("alice", "it's", "localhost", "1143", "1993", "1110", "1995", "STARTTLS"):
        assert word in text
    assert curl_command(info, info.accounts[0]) in text.splitlines()
    assert "bin/mailstore demo thunderbird alice" in text.splitlines()
    assert "imaps://alice@localhost:1993/" in text.splitlines()
    assert "removed at the end" in text


def test_a_command_line_survives_a_password_with_a_quote(info: DemoInfo) -> None:
    assert """--user 'alice:it'"'"'s'""" in curl_command(info, info.accounts[0])


@pytest.mark.parametrize(("pop3", "kind", "port"), [(False, "imap", 1993), (True, "pop3", 1995)])
def test_thunderbird_gets_an_account_over_tls(
    info: DemoInfo, pop3: bool, kind: str, port: int
) -> None:
    chosen = preferences(info, info.accounts[0], pop3=pop3)
    assert chosen["mail.server.server1.type"] == kind
    assert chosen["mail.server.server1.port"] == port
    assert chosen["mail.server.server1.socketType"] == 3
    assert "it's" not in map(str, chosen.values())


def test_without_certutil_a_profile_has_an_exception_for_the_certificate(
    info: DemoInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    write_profile(tmp_path, info, info.accounts[0], pop3=False)
    lines = (tmp_path / "cert_override.txt").read_text().splitlines()
    assert lines[1].startswith("localhost:1993:\tOID.2.16.840.1.101.3.4.2.1\t")
    assert (
        'user_pref("mail.server.server1.hostname", "localhost");'
        in (tmp_path / "user.js").read_text()
    )
