"""The check of mail on the command line."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailstore.auth.passwords import is_known
from mailstore.cli.main import cli
from mailstore.config.users import UsersFile
from mailstore.model.user import UserEntry
from mailstore.store.opening import INDEX_NAME, open_user
from tests.contract.mail import append_many


class Site:
    """A configuration with the users ada, who has mail, and bob, who has none yet."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "mailstore.yaml"
        self.file.write_text("data: data\n")
        self.maildir = folder / "data" / "mail" / "ada"
        users = UsersFile(folder / "users.yaml", known_hash=is_known)
        for name in ("ada", "bob"):
            users.add(UserEntry(name, "{PLAIN}x"))
        store = open_user(self.maildir)
        append_many(store, store.open("INBOX"), 3)
        store.close()

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(cli, ["fsck", *arguments, "--config", str(self.file)])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def miscount(self) -> None:
        connection = sqlite3.connect(self.maildir / INDEX_NAME)
        connection.execute("UPDATE mailboxes SET messages = 9")
        connection.commit()
        connection.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_mail_in_order_says_so(site: Site) -> None:
    result = site.run()
    assert (result.exit_code, result.output) == (0, "ada: in order\nbob: in order\n")
    assert not site.maildir.with_name("bob").exists()


def test_what_is_wrong_is_said_and_left(site: Site) -> None:
    site.miscount()
    for _ in range(2):
        result = site.run("ada")
        assert result.exit_code == 1
        assert result.output == "ada: INBOX: the index counts 9 messages, there are 3\n"


def test_repair_mends_and_says_what(site: Site) -> None:
    site.miscount()
    result = site.run("--repair")
    assert result.exit_code == 0
    assert "there are 3 (mended)" in result.output
    assert site.run().output == "ada: in order\nbob: in order\n"


def test_json_has_every_fault(site: Site) -> None:
    site.miscount()
    result = site.run("--json")
    assert result.exit_code == 1
    assert json.loads(result.output) == [
        {
            "user": "ada",
            "mailbox": "INBOX",
            "fault": "the index counts 9 messages, there are 3",
            "mended": False,
        }
    ]
    assert json.loads(site.run("--json", "--repair").output)[0]["mended"] is True
    assert json.loads(site.run("--json").output) == []


def test_an_unknown_user_is_an_error(site: Site) -> None:
    result = site.run("eve")
    assert result.exit_code == 1
    assert "There is no user eve." in result.output


def test_mail_that_cannot_be_opened_is_a_fault(site: Site) -> None:
    (site.maildir / "dovecot-uidlist").unlink()
    (site.maildir / "dovecot-uidlist").mkdir()
    result = site.run("ada")
    assert result.exit_code == 1
    assert result.output.startswith("ada: ")
    assert "Traceback" not in result.output
