"""Composing a server: what can go wrong before anything runs, and how it is told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mailstore.auth import passwords
from mailstore.config.configuration import Service, load_configuration
from mailstore.config.errors import ConfigurationError
from mailstore.config.users import UsersFile
from mailstore.demo.certificate import make_certificate
from mailstore.model.quota import Quota
from mailstore.model.user import UserEntry
from mailstore.net.listening import CannotListen
from mailstore.net.tls import BadCertificate
from mailstore.service import MailstoreService, open_store
from mailstore.store.opening import INDEX_NAME
from mailstore.tap import Options, makeService
from tests.unit.net.test_lane import ManualReactor

GOOD = """\
data: .
listen:
  imap: {address: 127.0.0.1, port: 0}
  pop3s: {address: 127.0.0.1, port: 0}
tls: {certificate: server.pem}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration that is fine."""
    (tmp_path / "mailstore.yaml").write_text(GOOD)
    (tmp_path / "users.yaml").write_text("users:\n")
    make_certificate(tmp_path)
    return tmp_path


def service(folder: Path) -> MailstoreService:
    return MailstoreService(load_configuration(folder / "mailstore.yaml"), ManualReactor())


def ended(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``twistd mailstore`` prints before it ends with status 1."""
    options = Options()
    options.parseOptions(["--config", str(folder / "mailstore.yaml")])
    with pytest.raises(SystemExit) as caught:
        makeService(options)
    assert caught.value.code == 1
    return capsys.readouterr().err


def close(composed: MailstoreService) -> None:
    for bound in composed._bound:
        bound.socket.close()


def test_sockets_listen_before_anything_runs(folder: Path) -> None:
    composed = service(folder)
    try:
        assert [bound.service for bound in composed._bound] == [Service.IMAP, Service.POP3S]
        for bound in composed._bound:
            socket.create_connection(bound.socket.getsockname(), 10).close()
    finally:
        close(composed)


def test_faults_of_the_configuration_are_lines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mailstore.yaml").write_text("data: .\nlisten:\n  imap: {port: x}\n  smtp:\n")
    lines = ended(folder, capsys).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["mailstore.yaml:3:", "mailstore.yaml:4:"]


def test_faults_of_the_users_file_are_lines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "users.yaml").write_text("users:\n  bob: {password: secret}\n")
    told = ended(folder, capsys)
    assert told.startswith("users.yaml:2: users.bob")
    assert "secret" not in told


def test_a_bad_certificate_is_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "server.pem").write_text("nothing\n")
    assert ended(folder, capsys).startswith(f"tls: {folder / 'server.pem'}: ")
    with pytest.raises(BadCertificate):
        service(folder)


def test_a_taken_port_is_a_line_and_frees_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        socket.create_server(("127.0.0.1", 0)) as free,
    ):
        port, other = taken.getsockname()[1], free.getsockname()[1]
        free.close()
        text = GOOD.replace("port: 0", f"port: {other}", 1).replace("port: 0", f"port: {port}")
        (folder / "mailstore.yaml").write_text(text)
        told = ended(folder, capsys)
        assert told == f"cannot listen on 127.0.0.1, port {port}: Address already in use\n"
        with pytest.raises(CannotListen):
            service(folder)
        socket.create_server(("127.0.0.1", other)).close()


def test_no_users_file_is_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "users.yaml").unlink()
    assert "users.yaml: there is no such file" in ended(folder, capsys)
    with pytest.raises(ConfigurationError):
        service(folder)


def test_a_user_has_the_standard_mailboxes_and_an_index_where_it_is_wanted(folder: Path) -> None:
    file = folder / "mailstore.yaml"
    file.write_text(GOOD + "index: '{data}/index/{user}'\nmailboxes: {Sent: \\Sent}\n")
    configuration = load_configuration(file)
    users = UsersFile(configuration.users, known_hash=passwords.is_known)
    users.add(UserEntry("ada", passwords.new_hash("x")))
    store = open_store(configuration, users.find("ada"))
    try:
        assert [info.name for info in store.mailboxes()] == ["INBOX", "Sent"]
    finally:
        store.close()
    assert (folder / "mail/ada/cur").is_dir()
    assert list((folder / "index/ada").iterdir())
    assert not list((folder / "mail/ada").glob("*index*"))


def test_a_quota_is_that_of_the_user_and_changes_with_the_users_file(folder: Path) -> None:
    (folder / "mailstore.yaml").write_text(GOOD + "quota: {storage: 1GiB, messages: 5}\n")
    hashed = passwords.new_hash("x")
    users = folder / "users.yaml"
    users.write_text(f"users: {{ada: {{password: '{hashed}', quota: {{messages: 7}}}}}}\n")
    composed = service(folder)
    try:
        assert composed._quota("ada") == Quota(1 << 30, 7)
        assert composed._quota("somebody who is gone") == Quota(1 << 30, 5)
        users.write_text(f"users: {{ada: {{password: '{hashed}'}}}}\n")
        composed._users.load()
        assert composed._quota("ada") == Quota(1 << 30, 5)
    finally:
        close(composed)


def test_the_server_opens_the_index_that_commands_open(folder: Path) -> None:
    file = folder / "mailstore.yaml"
    file.write_text(GOOD + "index: '{data}/index/{user}'\n")
    users = UsersFile(folder / "users.yaml", known_hash=passwords.is_known)
    users.add(UserEntry("ada", passwords.new_hash("x")))
    composed = service(folder)
    try:
        composed._open_store("ada").close()
    finally:
        close(composed)
    assert [path.name for path in (folder / "index").iterdir()] == ["ada"]
    assert (folder / "index/ada" / INDEX_NAME).is_file()
