"""Runs a demo: folder, server, screen, and a clean end."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

from twisted.logger import (
    ILogObserver,
    LogEvent,
    LogLevel,
    globalLogBeginner,
    textFileLogObserver,
)

from mailstore.config.configuration import Configuration, Service
from mailstore.demo import info as demo_info
from mailstore.demo.data import DemoAccount, DemoData
from mailstore.demo.info import DemoInfo
from mailstore.net.listening import CannotListen, bind
from mailstore.service import MailstoreService

STANDARD: Final = {Service.IMAP: 143, Service.IMAPS: 993, Service.POP3: 110, Service.POP3S: 995}
OFFSET: Final = 1000
"""Added to the standard ports, which only root may use."""


@dataclass(frozen=True)
class Wishes:
    """The command line. A port of None is the standard one + 1000, or another if it is taken."""

    data: Path | None
    users: Sequence[tuple[str, str]]
    sample_mail: bool
    host: str
    ports: dict[Service, int | None]
    info: Path | None
    verbose: bool


def run(wishes: Wishes, show: Callable[[DemoInfo], None], say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. ``show`` hears of it once everything listens.

    Raises CannotListen, NotADemo, and what loading the configuration raises.
    """
    with ExitStack() as at_end:
        # From here on an interrupt ends the process the usual way, with its clean-up.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if wishes.data is None:
            folder = Path(tempfile.mkdtemp(prefix="mailstore-demo-"))
            at_end.callback(shutil.rmtree, folder, ignore_errors=True)
        else:
            folder = wishes.data.absolute()
        data = DemoData(folder, wishes.host)
        ports = _choose_ports(wishes.host, wishes.ports, say)
        configuration, accounts = data.prepare(ports, wishes.users, sample_mail=wishes.sample_mail)
        log = at_end.enter_context((folder / "mailstore.log").open("a", encoding="utf-8"))
        _begin_logging(log, verbose=wishes.verbose)
        _serve(configuration, data, accounts, wishes.info, show)


def _choose_ports(
    host: str, wanted: dict[Service, int | None], say: Callable[[str], None]
) -> dict[Service, int]:
    """Ports that are free; raises CannotListen when one that was asked for is not."""
    chosen = {}
    for service, port in wanted.items():
        usual = STANDARD[service] + OFFSET
        try:
            for each in bind([host], usual if port is None else port):
                each.close()
            chosen[service] = usual if port is None else port
        except CannotListen as error:
            if port is not None or not error.taken:
                raise
            say(f"Port {usual} is taken; {service} gets another.")
            chosen[service] = 0
    return chosen


def _begin_logging(log: IO[str], *, verbose: bool) -> None:
    """Everything into the log file; to the terminal warnings, or everything if verbose."""
    file, screen = textFileLogObserver(log), textFileLogObserver(sys.stderr)

    def observe(event: LogEvent) -> None:
        file(event)
        if verbose or event.get("log_level", LogLevel.info) >= LogLevel.warn:
            screen(event)

    observers = [cast(ILogObserver, observe)]
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)


def _serve(
    configuration: Configuration,
    data: DemoData,
    accounts: list[DemoAccount],
    info_file: Path | None,
    show: Callable[[DemoInfo], None],
) -> None:
    from twisted.internet import reactor as global_reactor

    reactor = cast(Any, global_reactor)
    service = MailstoreService(configuration, reactor)
    files = [path for path in (demo_info.prepare_default(), info_file) if path is not None]

    def started() -> None:
        service.startService()
        host = demo_info.HOST if data.host in ("127.0.0.1", "::1") else data.host
        ports = {each: service.ports[each][0].getHost().port for each in service.ports}
        info = DemoInfo(
            host, ports, data.certificate().authority, accounts, os.getpid(), data.folder
        )
        for path in files:
            info.write(path)
        try:
            show(info)
        except (OSError, SystemExit):
            # Nobody reads the screen any more, as in ``mailstore demo | head``.
            reactor.stop()

    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    reactor.callWhenRunning(started)
    try:
        reactor.run()
    finally:
        # A second one must not break the clean end.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for path in files:
            demo_info.remove(path)
