"""The demo as a user runs it."""

from __future__ import annotations

import imaplib
import json
import os
import poplib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailstore.demo.info import DemoInfo, read
from mailstore.demo.screen import curl_command
from tests.server import Server


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With sample mail and random passwords."""
    with Server(tmp_path_factory.mktemp("demo") / "data", {}, samples=True) as running:
        yield running


def test_both_accounts_have_all_mail(demo: Server) -> None:
    for account in demo.accounts.values():
        total = 0
        with imaplib.IMAP4_SSL("localhost", demo.port("imaps"), ssl_context=demo.tls()) as client:
            client.login(account.user, account.password)
            _, mailboxes = client.list()
            for line in mailboxes:
                assert isinstance(line, bytes)
                if b"\\Noselect" not in line:
                    name = line.decode().split(' "/" ')[1]
                    _, [found] = client.select(name, readonly=True)
                    total += int(found or 0)
        assert total >= 50
        client2 = poplib.POP3_SSL("localhost", demo.port("pop3s"), context=demo.tls())
        client2.user(account.user)
        client2.pass_(account.password)
        count, octets = client2.stat()
        sent = sum(len(b"\r\n".join([*client2.retr(n + 1)[1], b""])) for n in range(count))
        assert sent == octets
        client2.quit()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_curl_lines_work_as_printed(demo: Server) -> None:
    info: DemoInfo = read(demo.data / "info.json")
    listed = subprocess.run(
        curl_command(info, info.accounts[0]), shell=True, capture_output=True, check=True
    )
    assert b'"/" INBOX' in listed.stdout
    message = subprocess.run(
        curl_command(info, info.accounts[0], "INBOX;MAILINDEX=1"),
        shell=True,
        capture_output=True,
        check=True,
    )
    assert b"Subject: " in message.stdout


def test_programs_find_the_demo_that_runs(demo: Server) -> None:
    """Without a display, so Thunderbird itself is not opened."""
    environment = os.environ | {"XDG_RUNTIME_DIR": str(demo.data)}
    command = [sys.executable, "-m", "mailstore", "demo", "thunderbird", "nobody"]
    told = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert told.returncode == 1
    assert b"there is alice, bob" in told.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    info = tmp_path / "info.json"
    command = [sys.executable, "-m", "mailstore", "demo", "--no-samples", "--info", str(info)]
    for service in ("imap", "imaps", "pop3", "pop3s"):
        command += [f"--{service}-port", "0"]
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp"), "XDG_RUNTIME_DIR": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b"Stop it with"):
                break
        data = Path(json.loads(info.read_text())["data"])
        assert data.is_dir()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out.strip().endswith(b"Stopped.")
    assert err == b""
    assert list((tmp_path / "tmp").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tmp"]


def test_a_taken_port_that_was_asked_for_is_told(demo: Server) -> None:
    port = str(demo.port("imap"))
    command = [sys.executable, "-m", "mailstore", "demo", "--imap-port", port]
    told = subprocess.run(command, capture_output=True, check=False)
    assert told.returncode == 1
    assert told.stderr == (
        f"Error: cannot listen on 127.0.0.1, port {port}: Address already in use\n".encode()
    )
