"""curl: the quickest way to try a server by hand, in all that it can do with mail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients import dump
from tests.clients.maildir import deliver, numbers, stored, with_crlf
from tests.clients.messages import numbered, with_attachment
from tests.clients.programs import DEADLINE_S, require, run
from tests.clients.target import Target


class Curl:
    """Every call is one run of curl with one connection; raises when curl fails."""

    def __init__(self, target: Target, home: Path) -> None:
        require("curl")
        self._target = target
        self._home = home

    def imap(self, path: str, *options: str) -> bytes:
        return self._run(f"imaps://{self._target.host}:{self._target.imaps}/{path}", *options)

    def pop3(self, path: str, *options: str) -> bytes:
        return self._run(f"pop3s://{self._target.host}:{self._target.pop3s}/{path}", *options)

    def command(self, command: str, mailbox: str = "") -> str:
        return self.imap(mailbox, "-X", command).decode()

    def _run(self, url: str, *options: str) -> bytes:
        """Standard output as octets: messages pass through it."""
        answer = self._home / "answer"
        login = f"{self._target.user}:{self._target.password}"
        common = ("--silent", "--show-error", "--max-time", str(int(DEADLINE_S)))
        trust = ("--cacert", str(self._target.ca_file), "--user", login)
        run(["curl", *common, *trust, "--output", answer, *options, url], home=self._home)
        return answer.read_bytes() if answer.exists() else b""


@pytest.fixture
def curl(target: Target, home: Path) -> Curl:
    return Curl(target, home)


def test_list_shows_the_mailboxes(curl: Curl) -> None:
    curl.command("CREATE Letters")
    listing = curl.imap("").decode().splitlines()
    assert any(line.startswith("* LIST (") and line.endswith(" INBOX") for line in listing)
    assert any("Letters" in line for line in listing)


def test_message_and_its_parts_are_fetched_by_uid(target: Target, curl: Curl) -> None:
    message = with_attachment(5)
    deliver(target.maildir, message)
    assert with_crlf(curl.imap("INBOX;UID=1")) == message
    head, body = message.split(b"\r\n\r\n", 1)
    assert curl.imap("INBOX;UID=1;SECTION=HEADER") == head + b"\r\n\r\n"
    assert curl.imap("INBOX;UID=1;SECTION=1") == b"See the attachment of 5."
    assert curl.imap("INBOX;UID=1;SECTION=TEXT;PARTIAL=2.30") == body[2:32]
    assert b"base64" in curl.imap("INBOX;UID=1;SECTION=2.MIME")
    assert b"\\Seen" in curl.command("FETCH 1 FLAGS", "INBOX").encode()


def test_uid_validity_in_the_url_is_checked(target: Target, curl: Curl, home: Path) -> None:
    deliver(target.maildir, numbered(1))
    validity = dump.mailbox(target).uid_validity
    assert curl.imap(f"INBOX;UIDVALIDITY={validity};UID=1") == numbered(1)
    with pytest.raises(AssertionError, match="ended 78"):
        curl.imap(f"INBOX;UIDVALIDITY={validity + 1};UID=1")


def test_upload_appends(target: Target, curl: Curl, home: Path) -> None:
    upload = home / "message.eml"
    upload.write_bytes(numbered(6))
    curl.imap("Sent", "--upload-file", str(upload))
    assert stored(target.maildir, "Sent")[6].octets == numbered(6)


def test_search_by_query(target: Target, curl: Curl) -> None:
    for number in (1, 2, 3):
        deliver(target.maildir, numbered(number))
        dump.mailbox(target)
    assert curl.imap("INBOX?SUBJECT%20%22Message%202%22").split() == [b"*", b"SEARCH", b"2"]
    assert curl.imap("INBOX?NEW").split()[:2] == [b"*", b"SEARCH"]


def test_any_command_with_x(target: Target, curl: Curl) -> None:
    for number in (1, 2):
        deliver(target.maildir, numbered(number))
    assert "MESSAGES 2" in curl.command("STATUS INBOX (MESSAGES UNSEEN)")
    assert "\\Flagged" in curl.command("STORE 1 +FLAGS (\\Flagged)", "INBOX")
    curl.command("CREATE Copies")
    curl.command("COPY 1:2 Copies", "INBOX")
    curl.command("STORE 1 +FLAGS.SILENT (\\Deleted)", "INBOX")
    assert curl.command("EXPUNGE", "INBOX").split() == ["*", "1", "EXPUNGE"]
    assert len(numbers(target.maildir)) == 1
    assert numbers(target.maildir, "Copies") == [1, 2]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_sasl_mechanisms_over_starttls(
    target: Target, curl: Curl, home: Path, mechanism: str
) -> None:
    login = f"{target.user}:{target.password}"
    run(
        ["curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", target.ca_file,
         "--user", login, "--login-options", f"AUTH={mechanism}",
         f"imap://{target.host}:{target.imap}/"],
        home=home,
    )  # fmt: skip
    run(
        ["curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", target.ca_file,
         "--user", login, "--login-options", f"AUTH={mechanism}",
         f"pop3://{target.host}:{target.pop3}/"],
        home=home,
    )  # fmt: skip


def test_wrong_password_is_told_apart(target: Target, curl: Curl, home: Path) -> None:
    ended = run(
        ["curl", "--silent", "--show-error", "--cacert", target.ca_file,
         "--user", f"{target.user}:wrong", f"imaps://{target.host}:{target.imaps}/"],
        home=home, expect=(67,),
    )  # fmt: skip
    assert ended.output


def test_pop3_list_retr_top_and_dele(target: Target, curl: Curl) -> None:
    for number in (1, 2):
        deliver(target.maildir, numbered(number))
        dump.maildrop(target)
    sizes = [line.split()[1] for line in curl.pop3("").splitlines()]
    assert [int(size) for size in sizes] == [len(numbered(1)), len(numbered(2))]
    assert with_crlf(curl.pop3("2")) == numbered(2)
    assert curl.pop3("", "-X", "UIDL").count(b"\r\n") == 2
    head = numbered(1).split(b"\r\n\r\n")[0]
    assert curl.pop3("", "-X", "TOP 1 0") == head + b"\r\n\r\n"
    curl.pop3("1", "-X", "DELE", "--list-only")
    assert numbers(target.maildir) == [2]
