"""Logins and their mailboxes on the command line."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailstore.auth.passwords import is_known, verify
from mailstore.cli.main import cli
from mailstore.cli.owner import acting_as, owner_of
from mailstore.config.replace import Owner
from mailstore.config.users import UsersFile
from mailstore.store.opening import open_user

COMMENTED = "# Ours.\nusers:\n  # The first.\n  bob:  # Bob\n    password: '{PLAIN}x'\n"


class Site:
    """A configuration in a directory of its own, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "mailstore.yaml"
        self.users = folder / "users.yaml"
        self.mail = folder / "data" / "mail"
        self.file.write_text("data: data\n")

    def run(self, *arguments: str, stdin: str = "") -> Result:
        command = ["user", *arguments, "--config", str(self.file)]
        result = CliRunner().invoke(cli, command, input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def password_of(self, name: str) -> str:
        return UsersFile(self.users, known_hash=is_known).find(name).password


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_add_makes_login_and_mailboxes(site: Site) -> None:
    result = site.run("add", "ada", stdin="secret\nsecret\n")
    assert result.exit_code == 0
    assert verify("secret", site.password_of("ada"))
    assert stat.S_IMODE(site.users.stat().st_mode) == 0o600
    store = open_user(site.mail / "ada")
    try:
        uses = {info.name: info.special_use for info in store.mailboxes()}
        assert set(store.subscriptions()) == set(uses) - {"INBOX"}
    finally:
        store.close()
    assert uses == {
        "INBOX": None,
        "Drafts": b"\\Drafts",
        "Sent": b"\\Sent",
        "Junk": b"\\Junk",
        "Trash": b"\\Trash",
        "Archive": b"\\Archive",
    }


def test_the_mailboxes_are_those_of_the_configuration(site: Site) -> None:
    site.file.write_text(
        'data: data\nindex: "{data}/index/{user}"\nmailboxes:\n  Gesendet: \\Sent\n'
    )
    assert site.run("add", "ada", "--generate").exit_code == 0
    assert (site.mail / "ada" / ".Gesendet").is_dir()
    assert not (site.mail / "ada" / ".Sent").exists()
    assert (site.folder / "data" / "index" / "ada" / "mailstore-index").is_file()


def test_generate_prints_the_password_and_nothing_else(site: Site) -> None:
    result = site.run("add", "ada", "--generate")
    password = result.stdout.removesuffix("\n")
    assert "\n" not in password
    assert verify(password, site.password_of("ada"))
    assert password not in result.stderr


def test_the_password_may_come_by_standard_input(site: Site) -> None:
    result = site.run("add", "ada", "--stdin", stdin="secret\n")
    assert (result.exit_code, result.stdout) == (0, "")
    assert verify("secret", site.password_of("ada"))


def test_a_password_on_the_command_line_is_wrong_usage(site: Site) -> None:
    assert site.run("add", "ada", "secret").exit_code == 2
    assert site.run("add", "ada", "--password", "secret").exit_code == 2
    assert site.run("add", "ada", "--stdin", "--generate").exit_code == 2
    assert not site.users.exists()


def test_comments_and_order_are_kept(site: Site) -> None:
    site.users.write_text(COMMENTED)
    site.run("add", "ada", "--generate")
    assert site.users.read_text().startswith(COMMENTED + "  ada:\n    password: '$argon2id$")
    site.run("passwd", "bob", "--generate")
    assert site.users.read_text().startswith("# Ours.\nusers:\n  # The first.\n  bob:  # Bob\n")


@pytest.mark.parametrize("name", ["ada", "ADA"])
def test_a_user_who_is_there_is_not_added_again(site: Site, name: str) -> None:
    site.run("add", "ada", "--stdin", stdin="secret\n")
    before = site.users.read_text()
    # Nothing is asked first.
    result = site.run("add", name)
    assert result.exit_code == 1
    assert f"There is a user {name} already." in result.stderr
    assert site.users.read_text() == before


@pytest.mark.parametrize("name", ["../ada", ".ada", "a/b", "", " ada", "a\nb", "x" * 256])
def test_names_that_lead_elsewhere_are_refused(site: Site, name: str) -> None:
    result = site.run("add", name, "--generate")
    assert result.exit_code == 1
    assert "a user name has" in result.stderr
    assert not site.users.exists()
    assert not (site.folder / "data").exists()


def test_a_name_that_the_templates_have_no_place_for_is_refused(site: Site) -> None:
    site.file.write_text("data: data\nmaildir: mail/{domain}/{local}\n")
    result = site.run("add", "ada", "--generate")
    assert result.exit_code == 1
    assert "the name has no domain part" in result.stderr
    assert site.run("add", "ada@example.org", "--generate").exit_code == 0
    assert (site.folder / "mail" / "example.org" / "ada" / "cur").is_dir()


def test_mail_that_is_there_is_left_as_it_is(site: Site) -> None:
    message = site.mail / "ada" / "cur" / "1.x.host:2,S"
    message.parent.mkdir(parents=True)
    message.write_bytes(b"Subject: x\r\n\r\nx\r\n")
    result = site.run("add", "ada", "--generate")
    assert result.exit_code == 0
    assert "was there already" in result.stderr
    assert sorted(entry.name for entry in (site.mail / "ada").iterdir()) == ["cur"]
    assert message.exists()


def test_without_room_for_mail_there_is_no_login(site: Site) -> None:
    (site.folder / "data").write_text("not a directory")
    result = site.run("add", "ada", "--generate")
    assert result.exit_code == 1
    assert str(site.mail / "ada") in result.stderr
    assert not site.users.exists()


def test_faults_are_told_with_their_lines(site: Site) -> None:
    site.file.write_text("data: data\nlisten:\n  imap: {port: abc}\n")
    result = site.run("add", "ada", "--generate")
    assert result.exit_code == 1
    assert result.stderr == (
        'mailstore.yaml:3: listen.imap.port: expected a number from 0 to 65535, got "abc"\n'
    )
    site.file.write_text("data: data\n")
    site.users.write_text("users:\n  bob: {pasword: x}\n")
    result = site.run("list")
    assert result.exit_code == 1
    assert "users.yaml:2: users.bob.pasword: unknown key" in result.stderr


def test_a_missing_configuration_is_told(site: Site) -> None:
    site.file.unlink()
    result = site.run("list")
    assert result.exit_code == 1
    assert "mailstore.yaml: No such file or directory" in result.stderr


def test_passwd_replaces_the_password(site: Site) -> None:
    site.run("add", "ada", "--stdin", stdin="old\n")
    result = site.run("passwd", "Ada", stdin="new\nnew\n")
    assert result.exit_code == 0
    assert verify("new", site.password_of("ada"))
    assert not verify("old", site.password_of("ada"))


@pytest.mark.parametrize("command", ["passwd", "delete"])
def test_an_unknown_user_is_told_with_who_may_be_meant(site: Site, command: str) -> None:
    site.users.write_text(COMMENTED)
    result = site.run(command, "bop")
    assert result.exit_code == 1
    assert "There is no user bop. Did you mean bob?" in result.stderr
    result = site.run(command, "zoe")
    assert "There is no user zoe.\n" in result.stderr


def test_list_is_for_people_and_programs(site: Site) -> None:
    site.users.write_text(
        "users:\n  bob: {password: '{SSHA}O9yEt4J9xunJf8dQbThGKN5NdgXaG+Mc', disabled: yes}\n"
        "  no: {password: '{PLAIN}x', maildir: /srv/no}\n"
    )
    mail = str(site.mail / "bob")
    result = site.run("list")
    assert result.exit_code == 0
    assert result.stdout == f"bob\tdisabled\tSSHA\t{mail}\nno\tactive\tPLAIN\t/srv/no\n"
    result = site.run("list", "--json")
    assert json.loads(result.stdout) == [
        {"name": "bob", "disabled": True, "scheme": "SSHA", "maildir": mail},
        {"name": "no", "disabled": False, "scheme": "PLAIN", "maildir": "/srv/no"},
    ]


def test_without_a_users_file_list_says_how_to_make_one(site: Site) -> None:
    result = site.run("list")
    assert result.exit_code == 1
    assert "`mailstore user add NAME` makes it" in result.stderr


def test_delete_asks_and_keeps_the_mail(site: Site) -> None:
    site.run("add", "ada", "--generate")
    result = site.run("delete", "ada", stdin="n\n")
    assert result.exit_code == 1
    assert "Delete the user ada and keep the mail?" in result.stderr
    assert site.password_of("ada")
    assert site.run("delete", "ada", stdin="").exit_code == 1
    assert site.password_of("ada")
    result = site.run("delete", "ADA", stdin="y\n")
    assert result.exit_code == 0
    assert "The mail is still in" in result.stderr
    assert UsersFile(site.users, known_hash=is_known).load() == {}
    assert (site.mail / "ada" / "cur").is_dir()


def test_delete_with_mail_removes_mail_and_index(site: Site) -> None:
    site.file.write_text('data: data\nindex: "{data}/index/{user}"\n')
    for name in ("ada", "bob"):
        site.run("add", name, "--generate")
    result = site.run("delete", "ada", "--mail", "--yes")
    assert result.exit_code == 0
    assert [path.name for path in site.mail.iterdir()] == ["bob"]
    assert [path.name for path in (site.folder / "data" / "index").iterdir()] == ["bob"]


def test_delete_with_mail_is_fine_when_there_is_none(site: Site) -> None:
    site.users.write_text(COMMENTED)
    assert site.run("delete", "bob", "--mail", "--yes").exit_code == 0


@pytest.mark.parametrize("maildir", ["data", ".", "data/mail", "data/mail/ada"])
def test_delete_never_removes_what_is_not_the_users_alone(site: Site, maildir: str) -> None:
    site.run("add", "ada", "--generate")
    (site.folder / maildir / "cur").mkdir(exist_ok=True)
    text = site.users.read_text() + f"  bob: {{password: '{{PLAIN}}x', maildir: {maildir}}}\n"
    site.users.write_text(text)
    result = site.run("delete", "bob", "--mail", "--yes")
    assert result.exit_code == 1
    assert "remove the mail by hand" in result.stderr
    assert site.users.read_text() == text
    assert (site.mail / "ada" / "cur").is_dir()


def test_delete_removes_maildirs_only(site: Site) -> None:
    (site.folder / "home").mkdir()
    (site.folder / "home" / "thesis.txt").write_text("precious")
    site.users.write_text("users:\n  bob: {password: '{PLAIN}x', maildir: home}\n")
    result = site.run("delete", "bob", "--mail", "--yes")
    assert result.exit_code == 1
    assert "is not a Maildir" in result.stderr
    assert (site.folder / "home" / "thesis.txt").exists()


def test_delete_does_not_follow_links_out_of_the_mail(site: Site) -> None:
    site.run("add", "ada", "--generate")
    (site.folder / "precious").mkdir()
    (site.folder / "precious" / "file").write_text("x")
    (site.mail / "ada" / ".Link").symlink_to(site.folder / "precious")
    assert site.run("delete", "ada", "--mail", "--yes").exit_code == 0
    assert not (site.mail / "ada").exists()
    assert (site.folder / "precious" / "file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts for others")
def test_as_root_files_belong_to_the_owner_of_the_data(site: Site) -> None:
    data = site.folder / "data"
    data.mkdir()
    os.chown(data, 12345, 54321)
    # pytest's own directories are closed to others.
    for folder in (site.folder, *site.folder.parents):
        if folder.stat().st_uid == 0 and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o011)
    result = site.run("add", "ada", "--generate")
    assert result.exit_code == 0, result.stderr
    made = [site.users, site.mail, *(site.mail / "ada").rglob("*")]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(12345, 54321)}
    assert os.geteuid() == 0
    assert site.run("delete", "ada", "--mail", "--yes").exit_code == 0


def test_without_root_everything_is_ones_own(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        assert owner_of(tmp_path) is None
    with acting_as(None):
        assert os.geteuid() == os.getuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts for others")
def test_rights_come_back_after_an_error() -> None:
    ids: list[tuple[int, int]] = []

    def fail() -> None:
        with acting_as(Owner(12345, 54321)):
            ids.append((os.geteuid(), os.getegid()))
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert ids == [(12345, 54321)]
    assert (os.geteuid(), os.getegid()) == (0, os.getgid())
