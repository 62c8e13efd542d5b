"""What may stand in ``mailstore.yaml``: one model for each mapping, one field for each key.

``docs/configuration.md`` explains every key; a test holds the two together. Limits that
are not given keep the defaults of ``mailstore.model.limits``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from mailstore.config.templates import Template, parse_template
from mailstore.config.values import (
    duration,
    expected,
    expected_error,
    number,
    one_of,
    path,
    size,
    switch,
    text,
)
from mailstore.model.errors import InvalidMailboxName
from mailstore.model.limits import KIB, MIB
from mailstore.model.mailbox import INBOX, SPECIAL_USES
from mailstore.model.quota import UNLIMITED
from mailstore.store.maildir.names import folder_of, normalize

GIB: Final = 1024 * MIB
TIB: Final = 1024 * GIB
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class PlaintextLogin(StrEnum):
    """Whether a password may come without TLS (RFC 8314, section 4.1)."""

    NEVER = "never"
    LOOPBACK = "loopback"
    ALWAYS = "always"


class TlsVersion(StrEnum):
    """The oldest version that is accepted; RFC 8997 forbids those before 1.2."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


Text = Annotated[str, PlainValidator(text)]
FilePath = Annotated[Path, PlainValidator(path)]
Port = Annotated[int, PlainValidator(number(0, 65535))]
Count = Annotated[int | None, PlainValidator(number(1, 1_000_000))]
Octets = Annotated[int | None, PlainValidator(size(1 * KIB, 1 * GIB))]
Switch = Annotated[bool, PlainValidator(switch)]
UserPath = Annotated[Template, PlainValidator(parse_template)]


def _list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def mapping(value: Any) -> Any:
    """A key without a value stands for a mapping whose keys all have their defaults."""
    return {} if value is None else value


def _address(value: Any) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        expected("an IP address such as 127.0.0.1 or ::1")


def _or_unlimited(parse: Callable[[Any], int]) -> Callable[[Any], int]:
    def parse_limit(value: Any) -> int:
        if value == "unlimited":
            return UNLIMITED
        try:
            return parse(value)
        except PydanticCustomError as error:
            expected(f"{error.message()}, or unlimited")

    return parse_limit


def _endpoint(value: Any) -> str:
    endpoint = text(value)
    kind, colon, _ = endpoint.partition(":")
    if not colon or not kind.isalnum():
        expected("a Twisted endpoint such as systemd:domain=INET6:index=0")
    return endpoint


class Model(BaseModel):
    """Unknown keys are faults, and so is every value that does not fit."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ServiceModel(Model):
    """Where one service listens."""

    address: Annotated[list[Annotated[str, PlainValidator(_address)]], BeforeValidator(_list)] = (
        Field(default_factory=list)
    )
    port: Port | None = None
    endpoint: Annotated[list[Annotated[str, PlainValidator(_endpoint)]], BeforeValidator(_list)] = (
        Field(default_factory=list)
    )


Service = Annotated[ServiceModel | None, BeforeValidator(mapping)]


class ListenModel(Model):
    """A service that is not named is off."""

    imap: Service = None
    imaps: Service = None
    pop3: Service = None
    pop3s: Service = None


class TlsModel(Model):
    """Certificate and key, PEM."""

    certificate: FilePath
    key: FilePath | None = None
    minimum_version: Annotated[
        TlsVersion, PlainValidator(one_of({str(version): version for version in TlsVersion}))
    ] = TlsVersion.TLS_1_2


class ConnectionLimitsModel(Model):
    total: Count = None
    per_address: Count = None
    per_user: Count = None


class ImapLimitsModel(Model):
    line_before_login: Annotated[int | None, PlainValidator(size(1 * KIB, 64 * KIB))] = None
    line: Annotated[int | None, PlainValidator(size(8 * KIB, 16 * MIB))] = None
    literal_before_login: Annotated[int | None, PlainValidator(size(256, 64 * KIB))] = None
    literals: Octets = None
    literal_count: Count = None
    append: Octets = None
    nesting: Annotated[int | None, PlainValidator(number(8, 100))] = None
    tokens: Count = None
    pipeline: Count = None
    bad_commands: Count = None
    failed_logins: Annotated[int | None, PlainValidator(number(0, 1000))] = None
    login_timeout_s: Annotated[float | None, PlainValidator(duration(1, HOUR))] = Field(
        default=None, alias="login_timeout"
    )
    idle_timeout_s: Annotated[
        float | None, PlainValidator(duration(30 * MINUTE, 7 * DAY, "RFC 9051, section 5.4"))
    ] = Field(default=None, alias="idle_timeout")
    idle_keep_alive_s: Annotated[float | None, PlainValidator(duration(0, DAY))] = Field(
        default=None, alias="idle_keep_alive"
    )
    output: Octets = None
    message_limit: Annotated[int | None, PlainValidator(number(0, 1_000_000))] = None
    save_limit: Annotated[int | None, PlainValidator(number(0, 1_000_000))] = None


class Pop3LimitsModel(Model):
    line: Annotated[int | None, PlainValidator(size(256, 64 * KIB))] = None
    auth_line: Annotated[int | None, PlainValidator(size(1 * KIB, 64 * KIB))] = None
    pipeline: Count = None
    bad_commands: Count = None
    failed_logins: Annotated[int | None, PlainValidator(number(0, 1000))] = None
    login_timeout_s: Annotated[float | None, PlainValidator(duration(1, HOUR))] = Field(
        default=None, alias="login_timeout"
    )
    idle_timeout_s: Annotated[
        float | None, PlainValidator(duration(10 * MINUTE, 7 * DAY, "RFC 1939, section 3"))
    ] = Field(default=None, alias="idle_timeout")
    output: Octets = None


class LimitsModel(Model):
    connections: Annotated[ConnectionLimitsModel, BeforeValidator(mapping)] = (
        ConnectionLimitsModel()
    )
    imap: Annotated[ImapLimitsModel, BeforeValidator(mapping)] = ImapLimitsModel()
    pop3: Annotated[Pop3LimitsModel, BeforeValidator(mapping)] = Pop3LimitsModel()


class QuotaModel(Model):
    """What one user may keep; None: nothing is said."""

    storage: Annotated[int | None, PlainValidator(_or_unlimited(size(0, 1024 * TIB)))] = None
    messages: Annotated[int | None, PlainValidator(_or_unlimited(number(0, 10**9)))] = None


class QuotaForAllModel(QuotaModel):
    """What every user may keep of whom nothing else is said."""

    settable: Annotated[bool, PlainValidator(switch)] = Field(default=False, alias="users_may_set")


def _mailbox_name(value: str) -> str:
    name = normalize(value)
    try:
        folder_of(name)
    except InvalidMailboxName as error:
        expected(f"the name of a mailbox ({error})")
    if name == INBOX:
        expected("another mailbox than INBOX, which is always there")
    return name


_USES: Final = {use.decode("ascii").lower(): use for use in SPECIAL_USES}
_USE_NAMES: Final = ", ".join(use.decode("ascii") for use in SPECIAL_USES)


def _special_use(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, str) and value.lower() in _USES:
        return _USES[value.lower()]
    raise expected_error(f"nothing, or one of {_USE_NAMES}")


class ImapModel(Model):
    rev2: Switch = True
    literal_minus: Switch = False
    uid_only: Switch = False


class FileModel(Model):
    """The whole file."""

    data: FilePath
    maildir: UserPath = Template("{data}/mail/{user}")
    index: UserPath | None = None
    users: FilePath | None = None
    listen: ListenModel | None = None
    tls: TlsModel | None = None
    plaintext_login: Annotated[
        PlaintextLogin, PlainValidator(one_of({str(choice): choice for choice in PlaintextLogin}))
    ] = PlaintextLogin.LOOPBACK
    mailboxes: Annotated[
        dict[
            Annotated[str, BeforeValidator(_mailbox_name)],
            Annotated[bytes | None, PlainValidator(_special_use)],
        ],
        BeforeValidator(mapping),
    ] = {
        "Drafts": b"\\Drafts",
        "Sent": b"\\Sent",
        "Junk": b"\\Junk",
        "Trash": b"\\Trash",
        "Archive": b"\\Archive",
    }
    quota: Annotated[QuotaForAllModel, BeforeValidator(mapping)] = QuotaForAllModel()
    imap: Annotated[ImapModel, BeforeValidator(mapping)] = ImapModel()
    limits: Annotated[LimitsModel, BeforeValidator(mapping)] = LimitsModel()
