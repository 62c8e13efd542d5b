from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from mailstore.config.configuration import Configuration, Listener, Service, load_configuration
from mailstore.config.errors import ConfigurationError
from mailstore.config.faults import model_in
from mailstore.config.models import FileModel, PlaintextLogin, TlsVersion
from mailstore.config.templates import Template
from mailstore.model.limits import MIB, ConnectionLimits, ImapLimits, Pop3Limits
from mailstore.model.offers import ImapOffers
from mailstore.model.quota import NO_QUOTA, UNLIMITED, Quota
from mailstore.model.user import UserEntry

ROOT = Path(__file__).parents[3]


def load(tmp_path: Path, text: str) -> Configuration:
    file = tmp_path / "mailstore.yaml"
    file.write_text(text, encoding="utf-8")
    return load_configuration(file)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    return list(caught.value.faults)


def test_one_line_is_enough(tmp_path: Path) -> None:
    configuration = load(tmp_path, "data: /srv/mailstore\n")
    assert configuration == Configuration(
        file=tmp_path / "mailstore.yaml",
        data=Path("/srv/mailstore"),
        users=tmp_path / "users.yaml",
        listeners=(Listener(Service.IMAP, (), 143, ()), Listener(Service.POP3, (), 110, ())),
        tls=None,
        plaintext_login=PlaintextLogin.LOOPBACK,
        mailboxes={
            "Drafts": b"\\Drafts",
            "Sent": b"\\Sent",
            "Junk": b"\\Junk",
            "Trash": b"\\Trash",
            "Archive": b"\\Archive",
        },
        imap=ImapLimits(),
        pop3=Pop3Limits(),
        connections=ConnectionLimits(),
        maildir_template=Template("{data}/mail/{user}"),
        index_template=None,
    )


def test_the_example_loads_and_shows_the_defaults() -> None:
    configuration = load_configuration(ROOT / "mailstore.example.yaml")
    assert configuration.imap == ImapLimits()
    assert configuration.imap_offers == ImapOffers()
    assert configuration.pop3 == Pop3Limits()
    assert configuration.connections == ConnectionLimits()
    assert configuration.plaintext_login is PlaintextLogin.LOOPBACK
    assert list(configuration.mailboxes) == ["Drafts", "Sent", "Junk", "Trash", "Archive"]
    assert configuration.tls is not None
    assert configuration.tls.minimum_version is TlsVersion.TLS_1_2
    assert configuration.listeners == (
        Listener(Service.IMAP, ("127.0.0.1", "::1"), 143, ()),
        Listener(Service.IMAPS, (), 993, ()),
        Listener(Service.POP3, ("127.0.0.1",), 110, ()),
        Listener(Service.POP3S, (), None, ("systemd:domain=INET6:name=pop3s",)),
    )


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        inner = model_in(field.annotation)
        if inner is None:
            yield key
        else:
            yield from keys(inner, f"{key}.")


def test_every_key_is_in_the_example_and_in_the_documentation() -> None:
    example = (ROOT / "mailstore.example.yaml").read_text(encoding="utf-8")
    guide = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z0-9_.<>]+)` \|", guide, re.MULTILINE))
    expected = {re.sub(r"^listen\.\w+", "listen.<service>", key) for key in keys(FileModel)}
    assert documented == expected
    last = {key.rpartition(".")[2] for key in expected}
    assert {key for key in last if not re.search(rf"^ *{key}:", example, re.MULTILINE)} == set()


def test_a_quota_is_for_all_users_of_whom_nothing_else_is_said(tmp_path: Path) -> None:
    text = "data: d\nquota:\n  storage: 1GiB\n  messages: unlimited\n  users_may_set: yes\n"
    configuration = load(tmp_path, text)
    assert configuration.quota == Quota(1024 * MIB, UNLIMITED, True)
    assert configuration.quota_of(UserEntry("ada", "")) == configuration.quota
    own = UserEntry("bob", "", storage=UNLIMITED, messages=5)
    assert configuration.quota_of(own) == Quota(UNLIMITED, 5, True)
    assert load(tmp_path, "data: d\nquota:\n").quota == NO_QUOTA


def test_a_quota_is_a_size_and_a_number_or_unlimited(tmp_path: Path) -> None:
    text = "data: d\nquota:\n  storage: much\n  messages: -1\n  users_may_set: perhaps\n"
    size, number = "expected a size from 0 to 1048576GiB", "expected a number from 0 to 1000000000"
    assert faults(tmp_path, text) == [
        f'mailstore.yaml:3: quota.storage: {size}, such as 64MiB, or unlimited, got "much"',
        f'mailstore.yaml:4: quota.messages: {number}, or unlimited, got "-1"',
        'mailstore.yaml:5: quota.users_may_set: expected yes or no, got "perhaps"',
    ]


def test_with_a_certificate_all_four_services_are_on(tmp_path: Path) -> None:
    configuration = load(tmp_path, "data: d\ntls:\n  certificate: cert.pem\n")
    assert [(listener.service, listener.port) for listener in configuration.listeners] == [
        (Service.IMAP, 143),
        (Service.IMAPS, 993),
        (Service.POP3, 110),
        (Service.POP3S, 995),
    ]


def test_a_service_that_is_not_named_is_off(tmp_path: Path) -> None:
    configuration = load(tmp_path, "data: d\nlisten:\n  pop3:\n")
    assert configuration.listeners == (Listener(Service.POP3, (), 110, ()),)
    assert load(tmp_path, "data: d\nlisten: {}\n").listeners == ()


def test_an_endpoint_stands_alone_or_beside_an_address(tmp_path: Path) -> None:
    text = """\
data: d
listen:
  imap:
    endpoint: [systemd:domain=INET:index=0, unix:/run/imap]
  pop3:
    endpoint: systemd:domain=INET:index=1
    address: [127.0.0.1, "::1"]
"""
    assert load(tmp_path, text).listeners == (
        Listener(Service.IMAP, (), None, ("systemd:domain=INET:index=0", "unix:/run/imap")),
        Listener(Service.POP3, ("127.0.0.1", "::1"), 110, ("systemd:domain=INET:index=1",)),
    )


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    text = """\
data: data
maildir: mail/{user}
index: "{data}/index/{user}"
users: people.yaml
tls: {certificate: tls/cert.pem, key: /etc/key.pem}
"""
    configuration = load(tmp_path, text)
    ada = UserEntry("ada", "")
    assert configuration.data == tmp_path / "data"
    assert configuration.maildir(ada) == tmp_path / "mail/ada"
    assert configuration.index(ada) == tmp_path / "data/index/ada"
    assert configuration.users == tmp_path / "people.yaml"
    assert configuration.tls is not None
    assert configuration.tls.certificate == tmp_path / "tls/cert.pem"
    assert configuration.tls.key == Path("/etc/key.pem")


def test_a_users_own_maildir_comes_first(tmp_path: Path) -> None:
    configuration = load(tmp_path, "data: /d\n")
    assert configuration.maildir(UserEntry("ada", "", maildir="/srv/ada")) == Path("/srv/ada")
    assert configuration.maildir(UserEntry("bob", "")) == Path("/d/mail/bob")
    assert configuration.index(UserEntry("bob", "")) is None


def test_limits_are_read_with_units(tmp_path: Path) -> None:
    text = """\
data: d
limits:
  connections: {total: 10, per_address: 5, per_user: 2}
  imap: {append: 25MiB, idle_timeout: 1h, idle_keep_alive: 0, failed_logins: 0}
  pop3: {idle_timeout: 15min, login_timeout: 30s}
"""
    configuration = load(tmp_path, text)
    assert configuration.connections == ConnectionLimits(10, 5, 2)
    assert configuration.imap == ImapLimits(
        append=25 * MIB, idle_timeout_s=3600, idle_keep_alive_s=0, failed_logins=0
    )
    assert configuration.pop3 == Pop3Limits(idle_timeout_s=900, login_timeout_s=30)


def test_what_is_offered_is_a_choice(tmp_path: Path) -> None:
    text = "data: d\nimap:\n  rev2: no\n  literal_minus: yes\n  uid_only: yes\n"
    assert load(tmp_path, text).imap_offers == ImapOffers(
        rev2=False, literal_minus=True, uid_only=True
    )
    with pytest.raises(ConfigurationError, match=r"imap\.rev2: expected yes or no"):
        load(tmp_path, "data: d\nimap:\n  rev2: 2\n")


def test_how_many_messages_a_command_works_on_can_be_limited(tmp_path: Path) -> None:
    text = "data: d\nlimits:\n  imap: {message_limit: 1000, save_limit: 0}\n"
    assert load(tmp_path, text).imap == ImapLimits(message_limit=1000)


def test_mailboxes_may_have_any_name_and_no_use(tmp_path: Path) -> None:
    text = "data: d\nmailboxes:\n  Gesendet: \\sent\n  Notizen/2026:\n"
    mailboxes = load(tmp_path, text).mailboxes
    assert dict(mailboxes) == {"Gesendet": b"\\Sent", "Notizen/2026": None}
    assert dict(load(tmp_path, "data: d\nmailboxes: {}\n").mailboxes) == {}


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = """\
dta: /x
maildir: /x/{usr}
plaintext_login: sometimes
listen:
  imap:
    port: abc
    adress: 127.0.0.1
  imaps: {}
  pop3:
    address: [localhost, 127.0.0.1]
    endpoint: nowhere
tls:
  minimum_version: 1.1
mailboxes:
  inbox: \\Sent
  Foo: \\Foo
  a//b:
limits:
  imap:
    line: 3
    idle_timeout: 5min
  pop3: [1]
"""
    uses = "\\Archive, \\Drafts, \\Flagged, \\Junk, \\Sent, \\Trash"
    assert faults(tmp_path, text) == [
        "mailstore.yaml:1: data: missing",
        'mailstore.yaml:1: dta: unknown key "dta" - did you mean "data"?',
        (
            "mailstore.yaml:2: maildir: expected a path whose fields are among {data}, {user}, "
            '{local} and {domain}, got "/x/{usr}"'
        ),
        'mailstore.yaml:3: plaintext_login: expected never, loopback or always, got "sometimes"',
        'mailstore.yaml:6: listen.imap.port: expected a number from 0 to 65535, got "abc"',
        'mailstore.yaml:7: listen.imap.adress: unknown key "adress" - did you mean "address"?',
        (
            "mailstore.yaml:10: listen.pop3.address[0]: expected an IP address such as 127.0.0.1 "
            'or ::1, got "localhost"'
        ),
        (
            "mailstore.yaml:11: listen.pop3.endpoint[0]: expected a Twisted endpoint such as "
            'systemd:domain=INET6:index=0, got "nowhere"'
        ),
        "mailstore.yaml:12: tls.certificate: missing",
        'mailstore.yaml:13: tls.minimum_version: expected 1.2 or 1.3, got "1.1"',
        (
            "mailstore.yaml:15: mailboxes.inbox: expected another mailbox than INBOX, which is "
            'always there, got "inbox"'
        ),
        f'mailstore.yaml:16: mailboxes.Foo: expected nothing, or one of {uses}, got "\\Foo"',
        (
            "mailstore.yaml:17: mailboxes.a//b: expected the name of a mailbox (a level of the "
            'mailbox name is empty), got "a//b"'
        ),
        (
            "mailstore.yaml:20: limits.imap.line: expected a size from 8KiB to 16MiB, such as "
            '64MiB, got "3"'
        ),
        (
            "mailstore.yaml:21: limits.imap.idle_timeout: expected a duration from 30min to 7d "
            '(RFC 9051, section 5.4), such as 30min, got "5min"'
        ),
        "mailstore.yaml:22: limits.pop3: expected keys with values, got a list",
    ]


def test_what_does_not_go_together_is_told_beside_other_faults(tmp_path: Path) -> None:
    text = "data: d\nlisten:\n  imaps:\n    port: x\n  pop3s:\nplaintext_login: never\n"
    assert faults(tmp_path, text) == [
        "mailstore.yaml:3: listen.imaps: needs a certificate, see tls.certificate",
        'mailstore.yaml:4: listen.imaps.port: expected a number from 0 to 65535, got "x"',
        "mailstore.yaml:5: listen.pop3s: needs a certificate, see tls.certificate",
        (
            "mailstore.yaml:6: plaintext_login: never, and no TLS (see tls.certificate): nobody "
            "could sign in"
        ),
    ]


def test_an_unknown_key_without_a_likeness_lists_what_there_is(tmp_path: Path) -> None:
    assert faults(tmp_path, "data: d\ntls:\n  certificate: c\n  zzz: 1\n") == [
        (
            'mailstore.yaml:4: tls.zzz: unknown key "zzz" - the keys here are certificate, key, '
            "minimum_version"
        )
    ]


@pytest.mark.parametrize("text", ["- a\n", "just text\n"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith("mailstore.yaml:1: expected keys with values, got ")


@pytest.mark.parametrize(
    "template", ["/var/mail", "/m/{domain}", "/m/{local}", "/m/{user", "/m/{data.x}{user}", "''"]
)
def test_templates_that_would_mix_users_are_refused(tmp_path: Path, template: str) -> None:
    (fault,) = faults(tmp_path, f'data: d\nmaildir: "{template}"\n'.replace("\"''\"", "''"))
    assert fault.startswith("mailstore.yaml:2: maildir: expected a path")


def test_a_file_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: No such file or directory"):
        load_configuration(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"data: d\n# \xe4\n")
    with pytest.raises(ConfigurationError, match=r"^latin\.yaml:2: this is not UTF-8$"):
        load_configuration(tmp_path / "latin.yaml")


def test_faults_are_not_told_without_end(tmp_path: Path) -> None:
    keys = "".join(f"unknown{n}: 1\n" for n in range(500))
    told = faults(tmp_path, "data: d\n" + keys)
    assert len(told) == 51
    assert told[-1] == "mailstore.yaml: and 450 more"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeffdata: /d\n").data == Path("/d")


def test_a_limit_without_a_value_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, "data: d\nlimits:\n  imap:\n    tokens:\n") == [
        "mailstore.yaml:4: limits.imap.tokens: expected a number from 1 to 1000000, got nothing"
    ]
