"""Thunderbird, the mail program itself, on a POP3 account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.maildir import deliver, numbers, with_crlf
from tests.clients.messages import numbered
from tests.clients.target import Target
from tests.clients.thunderbird import STARTTLS, Thunderbird

pytestmark = [pytest.mark.thunderbird, pytest.mark.slow, pytest.mark.timeout(600)]

FETCH = "return subjects(await fetchByPop3());"


@pytest.fixture
def thunderbird(target: Target, home: Path) -> Iterator[Thunderbird]:
    opened = Thunderbird(target, home, "pop3")
    yield opened
    opened.end()


def subjects(*wanted: int) -> list[str]:
    return [f"Message {number}" for number in wanted]


def test_everything_is_downloaded_once_and_left_on_the_server(
    target: Target, thunderbird: Thunderbird
) -> None:
    for number in range(5):
        deliver(target.maildir, numbered(number))
    assert sorted(thunderbird.script(FETCH)) == subjects(0, 1, 2, 3, 4)
    octets = thunderbird.script(
        """
        const inbox = server("pop3").rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
        return await octetsOf(await headerOf(inbox, "Message 2"));
        """
    )
    assert with_crlf(octets.encode("latin-1")).endswith(numbered(2).split(b"\r\n\r\n", 1)[1])
    thunderbird.quit()
    assert numbers(target.maildir) == [0, 1, 2, 3, 4]
    deliver(target.maildir, numbered(5))
    thunderbird.start()
    assert sorted(thunderbird.script(FETCH)) == subjects(0, 1, 2, 3, 4, 5)
    assert sorted(thunderbird.script(FETCH)) == subjects(0, 1, 2, 3, 4, 5)
    assert numbers(target.maildir) == [0, 1, 2, 3, 4, 5]


def test_message_deleted_in_the_program_is_deleted_on_the_server(
    target: Target, thunderbird: Thunderbird
) -> None:
    for number in range(3):
        deliver(target.maildir, numbered(number))
    assert len(thunderbird.script(FETCH)) == 3
    thunderbird.script(
        """
        const inbox = server("pop3").rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
        const header = await headerOf(inbox, "Message 1");
        await copyEnd(listener =>
          inbox.deleteMessages([header], null, true, false, listener, false)
        );
        """
    )
    assert sorted(thunderbird.script(FETCH)) == subjects(0, 2)
    assert numbers(target.maildir) == [0, 2]


def test_all_is_deleted_once_nothing_shall_be_left(
    target: Target, thunderbird: Thunderbird
) -> None:
    for number in range(3):
        deliver(target.maildir, numbered(number))
    assert len(thunderbird.script(FETCH)) == 3
    thunderbird.script(
        "server('pop3').QueryInterface(Ci.nsIPop3IncomingServer).leaveMessagesOnServer = false;"
    )
    deliver(target.maildir, numbered(3))
    assert sorted(thunderbird.script(FETCH)) == subjects(0, 1, 2, 3)
    assert numbers(target.maildir) == []


def test_stls_account(target: Target, home: Path) -> None:
    deliver(target.maildir, numbered(1))
    thunderbird = Thunderbird(target, home, "pop3", security=STARTTLS)
    try:
        assert thunderbird.script(FETCH) == subjects(1)
    finally:
        thunderbird.end()
