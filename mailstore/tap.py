"""``twistd mailstore``: options, and the service they lead to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn

from twisted.python import usage

from mailstore.config.configuration import load_configuration
from mailstore.config.errors import ConfigurationError
from mailstore.net.listening import CannotListen
from mailstore.net.tls import BadCertificate

if TYPE_CHECKING:
    from mailstore.service import MailstoreService


class Options(usage.Options):
    """What ``twistd mailstore`` takes on the command line."""

    synopsis = "[--config FILE]"
    longdesc = "Serves IMAP4 and POP3 from Maildirs, as FILE says."
    optParameters: ClassVar = [  # noqa: N815 - Twisted's name
        ["config", "c", "mailstore.yaml", "The configuration file."],
    ]


def makeService(options: Options) -> MailstoreService:  # noqa: N802 - Twisted's name
    """Ends the process with one line for each fault, and status 1, if it cannot be served."""
    from twisted.internet import reactor

    from mailstore.service import MailstoreService

    try:
        configuration = load_configuration(Path(options["config"]))
        return MailstoreService(configuration, reactor)
    except ConfigurationError as error:
        _give_up(*error.faults)
    except BadCertificate as error:
        _give_up(f"tls: {error}")
    except CannotListen as error:
        _give_up(f"cannot listen on {error}")


def _give_up(*faults: str) -> NoReturn:
    for fault in faults:
        print(fault, file=sys.stderr)  # noqa: T201 - there is no log yet
    raise SystemExit(1)
