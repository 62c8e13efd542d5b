"""mpop: pipelines STAT, LIST, UIDL and whole maildrops."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.maildir import deliver, make_maildir, numbers, stored
from tests.clients.messages import numbered
from tests.clients.programs import Ended, require, run
from tests.clients.target import Target


def mpop(target: Target, home: Path, *settings: str, starttls: bool = False) -> Ended:
    require("mpop")
    configuration = home / "mpoprc"
    lines = [
        "account default",
        f"host {target.host}",
        f"port {target.pop3 if starttls else target.pop3s}",
        f"user {target.user}",
        f"password {target.password}",
        "tls on",
        f"tls_starttls {'on' if starttls else 'off'}",
        f"tls_trust_file {target.ca_file}",
        f"delivery maildir {make_maildir(home / 'mail')}",
        f"uidls_file {home / 'uidls'}",
        "received_header off",
        *settings,
    ]
    configuration.write_text("\n".join(lines) + "\n")
    configuration.chmod(0o600)
    return run(["mpop", "--file", configuration], home=home)


def test_second_run_downloads_nothing(target: Target, home: Path) -> None:
    for number in range(12):
        deliver(target.maildir, numbered(number))
    assert "retrieving message 12 of 12" in mpop(target, home, "keep on").output
    assert numbers(home / "mail") == list(range(12))
    assert all(m.octets == numbered(n) for n, m in stored(home / "mail").items())
    assert "retrieving" not in mpop(target, home, "keep on").output
    deliver(target.maildir, numbered(12))
    assert "new: 1 message" in mpop(target, home, "keep on").output
    assert numbers(home / "mail") == list(range(13))
    assert numbers(target.maildir) == list(range(13))


def test_messages_are_deleted_after_they_were_fetched(target: Target, home: Path) -> None:
    for number in range(4):
        deliver(target.maildir, numbered(number))
    mpop(target, home, "keep off")
    assert numbers(home / "mail") == [0, 1, 2, 3]
    assert numbers(target.maildir) == []


@pytest.mark.parametrize("mechanism", ["user", "plain", "login"])
@pytest.mark.parametrize("pipelining", ["on", "off"])
def test_mechanisms_over_stls(target: Target, home: Path, mechanism: str, pipelining: str) -> None:
    deliver(target.maildir, numbered(1))
    mpop(target, home, f"auth {mechanism}", f"pipelining {pipelining}", starttls=True)
    assert numbers(home / "mail") == [1]
