"""The configuration as the server uses it: checked, complete and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from mailstore.config.faults import Problem, error_of, problems_of
from mailstore.config.models import FileModel, PlaintextLogin, ServiceModel, TlsVersion
from mailstore.config.read import read_text
from mailstore.config.templates import Template
from mailstore.config.yaml_document import Data, Document
from mailstore.model.limits import ConnectionLimits, ImapLimits, Pop3Limits
from mailstore.model.offers import ImapOffers
from mailstore.model.quota import NO_QUOTA, Quota
from mailstore.model.user import UserEntry


class Service(StrEnum):
    """What can listen; the last letter means TLS from the first octet (RFC 8314)."""

    IMAP = "imap"
    IMAPS = "imaps"
    POP3 = "pop3"
    POP3S = "pop3s"

    @property
    def implicit_tls(self) -> bool:
        return self in (Service.IMAPS, Service.POP3S)


PORTS: Final = {Service.IMAP: 143, Service.IMAPS: 993, Service.POP3: 110, Service.POP3S: 995}


@dataclass(frozen=True, slots=True)
class Listener:
    """One service and where it listens.

    Attributes:
        service: What is spoken there.
        addresses: IP addresses to listen on; empty is every address of the machine,
            IPv6 too where there is any.
        port: 0 lets the system choose. None when only ``endpoints`` are given.
        endpoints: Twisted endpoint strings, as they were written.
    """

    service: Service
    addresses: tuple[str, ...]
    port: int | None
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. ``key`` None: the key is in the file of the certificate."""

    certificate: Path
    key: Path | None
    minimum_version: TlsVersion


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that ``mailstore.yaml`` says. Paths are absolute.

    Attributes:
        file: Where it was read from.
        data: The directory that ``{data}`` stands for.
        users: The users file.
        listeners: In the order imap, imaps, pop3, pop3s.
        tls: None: neither STARTTLS and STLS nor ``imaps`` and ``pop3s``.
        plaintext_login: Whether a password may come without TLS.
        mailboxes: What a new user gets, with the special use of each or None.
        imap: Limits of an IMAP connection; ``pop3`` and ``connections`` are alike.
        imap_offers: What of IMAP is offered where there is a choice.
        quota: What a user may keep for whom the users file says nothing else.
    """

    file: Path
    data: Path
    users: Path
    listeners: tuple[Listener, ...]
    tls: TlsFiles | None
    plaintext_login: PlaintextLogin
    mailboxes: Mapping[str, bytes | None]
    quota: Quota = NO_QUOTA
    imap: ImapLimits = field(default_factory=ImapLimits)
    imap_offers: ImapOffers = field(default_factory=ImapOffers)
    pop3: Pop3Limits = field(default_factory=Pop3Limits)
    connections: ConnectionLimits = field(default_factory=ConnectionLimits)
    maildir_template: Template = field(default_factory=lambda: Template("{data}/mail/{user}"))
    index_template: Template | None = None

    def maildir(self, user: UserEntry) -> Path:
        """Where a user's mail is. Raises ValueError for a name that fits no path."""
        if user.maildir is not None:
            return Path(user.maildir)
        return self.maildir_template.fill(user.name, self.data)

    def index(self, user: UserEntry) -> Path | None:
        """The directory of a user's index; None is inside the Maildir.

        Each has one of its own, as SQLite makes files whose names begin with the index's.
        """
        if self.index_template is None:
            return None
        return self.index_template.fill(user.name, self.data)

    def quota_of(self, user: UserEntry) -> Quota:
        """What a user may keep."""
        return Quota(
            self.quota.storage if user.storage is None else user.storage,
            self.quota.messages if user.messages is None else user.messages,
            self.quota.settable,
        )

    def check_user(self, user: UserEntry) -> None:
        """Raises ValueError, which says why, if there is no path for the user's mail."""
        self.maildir(user)
        self.index(user)


def load_configuration(file: Path) -> Configuration:
    """Read and check ``mailstore.yaml``. Raises ConfigurationError with every fault."""
    file = file.absolute()
    document = Document(read_text(file), file.name)
    data = {} if document.data is None else document.data
    problems = _conflicts(data)
    try:
        model = FileModel.model_validate(data, context={"folder": file.parent})
    except ValidationError as error:
        problems += problems_of(FileModel, error)
    if problems:
        raise error_of(document, problems)
    return _configuration(file, model)


def _conflicts(data: Data) -> list[Problem]:
    """What does not go together, whether or not the rest is right."""
    if not isinstance(data, dict) or data.get("tls") is not None:
        return []
    listen = data.get("listen")
    problems: list[Problem] = [
        (("listen", str(service)), "needs a certificate, see tls.certificate")
        for service in Service
        if service.implicit_tls and isinstance(listen, dict) and service in listen
    ]
    if data.get("plaintext_login") == PlaintextLogin.NEVER:
        problem = "never, and no TLS (see tls.certificate): nobody could sign in"
        problems.append((("plaintext_login",), problem))
    return problems


def _configuration(file: Path, model: FileModel) -> Configuration:
    limits = model.limits
    tls = None
    if model.tls is not None:
        tls = TlsFiles(model.tls.certificate, model.tls.key, model.tls.minimum_version)
    return Configuration(
        file=file,
        data=model.data,
        users=model.users or file.parent / "users.yaml",
        listeners=_listeners(model),
        tls=tls,
        plaintext_login=model.plaintext_login,
        mailboxes=MappingProxyType(dict(model.mailboxes)),
        quota=Quota(**_given(model.quota)),
        imap=ImapLimits(**_given(limits.imap)),
        imap_offers=ImapOffers(**_given(model.imap)),
        pop3=Pop3Limits(**_given(limits.pop3)),
        connections=ConnectionLimits(**_given(limits.connections)),
        maildir_template=model.maildir,
        index_template=model.index,
    )


def _listeners(model: FileModel) -> tuple[Listener, ...]:
    """Without ``listen`` at all: every service that can be, at its usual port."""
    if model.listen is None:
        services = [s for s in Service if model.tls is not None or not s.implicit_tls]
        return tuple(Listener(service, (), PORTS[service], ()) for service in services)
    return tuple(
        _listener(service, given)
        for service in Service
        if (given := getattr(model.listen, service)) is not None
    )


def _listener(service: Service, given: ServiceModel) -> Listener:
    port = given.port
    if port is None and (given.address or not given.endpoint):
        port = PORTS[service]
    return Listener(service, tuple(given.address), port, tuple(given.endpoint))


def _given(limits: BaseModel) -> dict[str, Any]:
    return limits.model_dump(exclude_unset=True)
