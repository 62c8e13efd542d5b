"""getmail: fetches from IMAP and POP3 into a Maildir and remembers what it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients import dump
from tests.clients.agent import Agent
from tests.clients.maildir import deliver, numbers
from tests.clients.messages import numbered
from tests.clients.programs import Ended, require, run
from tests.clients.target import Target

RETRIEVERS = ["SimpleIMAPSSLRetriever", "SimplePOP3SSLRetriever"]


def getmail(
    target: Target, home: Path, retriever: str, agent: Agent, *, delete: bool = False
) -> Ended:
    require("getmail")
    port = target.imaps if "IMAP" in retriever else target.pop3s
    (home / "getmailrc").write_text(
        f"""\
[retriever]
type = {retriever}
server = {target.host}
port = {port}
username = {target.user}
password = {target.password}
ca_certs = {target.ca_file}

[destination]
type = MDA_external
path = {agent.path}
unixfrom = false
allow_root_commands = true

[options]
delete = {delete}
read_all = false
delivered_to = false
received = false
"""
    )
    return run(["getmail", "--getmaildir", home, "--rcfile", home / "getmailrc"], home=home)


@pytest.mark.parametrize("retriever", RETRIEVERS)
def test_second_run_downloads_nothing(target: Target, home: Path, retriever: str) -> None:
    agent = Agent(home)
    for number in range(5):
        deliver(target.maildir, numbered(number))
    assert "5 messages" in getmail(target, home, retriever, agent).output
    for filed, message in zip(agent.messages(), map(numbered, range(5)), strict=True):
        # getmail puts fields before and after those of the message.
        head, body = message.split(b"\r\n\r\n", 1)
        assert head in filed
        assert filed.endswith(b"\r\n\r\n" + body)
    assert "0 messages" in getmail(target, home, retriever, agent).output
    deliver(target.maildir, numbered(5))
    assert "1 messages" in getmail(target, home, retriever, agent).output
    assert agent.numbers() == [0, 1, 2, 3, 4, 5]
    assert numbers(target.maildir) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("retriever", RETRIEVERS)
def test_messages_are_deleted_after_they_were_fetched(
    target: Target, home: Path, retriever: str
) -> None:
    agent = Agent(home)
    for number in range(3):
        deliver(target.maildir, numbered(number))
    getmail(target, home, retriever, agent, delete=True)
    assert agent.numbers() == [0, 1, 2]
    assert dump.mailbox(target).messages == {}
    assert numbers(target.maildir) == []
