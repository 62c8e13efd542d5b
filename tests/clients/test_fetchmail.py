"""fetchmail: hands what it fetches to a delivery agent, here one that files it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients import dump
from tests.clients.agent import Agent
from tests.clients.maildir import deliver, numbers
from tests.clients.messages import number_of, numbered
from tests.clients.programs import Ended, require, run
from tests.clients.target import Target

NO_MAIL = 1
"""fetchmail's exit status when there is nothing new."""


def fetchmail(
    target: Target, home: Path, agent: Agent, protocol: str, options: str, *, tls: bool = True
) -> Ended:
    require("fetchmail")
    port = {
        ("imap", True): target.imaps,
        ("imap", False): target.imap,
        ("pop3", True): target.pop3s,
        ("pop3", False): target.pop3,
    }[protocol, tls]
    uidl = "uidl" if protocol == "pop3" else ""
    configuration = home / "fetchmailrc"
    configuration.write_text(
        f"""\
set no bouncemail
poll {target.host} service {port} protocol {protocol} auth password {uidl}
    user "{target.user}" password "{target.password}"
    {"ssl" if tls else "sslproto tls1.2+"} sslcertck sslcertfile "{target.ca_file}"
    mda "{agent.path}"
    no rewrite no mimedecode {options}
"""
    )
    configuration.chmod(0o600)
    command = ["fetchmail", "--verbose", "--nosyslog", "--fetchmailrc", configuration]
    state = ["--idfile", home / "ids", "--pidfile", home / "pid"]
    environment = {"FETCHMAILHOME": str(home)}
    return run([*command, *state], home=home, environment=environment, expect=(0, NO_MAIL))


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "starttls"])
def test_pop3_keeps_by_top_and_fetches_what_is_new_only(
    target: Target, home: Path, tls: bool
) -> None:
    agent = Agent(home)
    for number in range(4):
        deliver(target.maildir, numbered(number))
    first = fetchmail(target, home, agent, "pop3", "keep", tls=tls)
    assert "TOP 1 99999999" in first.output
    assert agent.numbers() == [0, 1, 2, 3]
    for octets in agent.messages():
        assert octets.endswith(numbered(number_of(octets)).split(b"\r\n\r\n", 1)[1])
    assert fetchmail(target, home, agent, "pop3", "keep", tls=tls).status == NO_MAIL
    deliver(target.maildir, numbered(4))
    assert fetchmail(target, home, agent, "pop3", "keep", tls=tls).status == 0
    assert agent.numbers() == [0, 1, 2, 3, 4]
    assert numbers(target.maildir) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "starttls"])
def test_imap_keeps_and_fetches_unseen_only(target: Target, home: Path, tls: bool) -> None:
    agent = Agent(home)
    for number in range(4):
        deliver(target.maildir, numbered(number))
    fetchmail(target, home, agent, "imap", "keep", tls=tls)
    assert agent.numbers() == [0, 1, 2, 3]
    assert dump.mailbox(target).flags() == dict.fromkeys(range(4), ("\\Seen",))
    assert fetchmail(target, home, agent, "imap", "keep", tls=tls).status == NO_MAIL
    deliver(target.maildir, numbered(4))
    assert fetchmail(target, home, agent, "imap", "keep", tls=tls).status == 0
    assert agent.numbers() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_messages_are_deleted_after_they_were_fetched(
    target: Target, home: Path, protocol: str
) -> None:
    agent = Agent(home)
    for number in range(3):
        deliver(target.maildir, numbered(number))
    fetchmail(target, home, agent, protocol, "no keep")
    assert agent.numbers() == [0, 1, 2]
    assert numbers(target.maildir) == []
    assert fetchmail(target, home, agent, protocol, "no keep").status == NO_MAIL
