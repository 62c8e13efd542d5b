"""Extensions add up; what two of them claim is refused."""

from __future__ import annotations

import pytest

from mailstore.imap.connection import REGISTRY
from mailstore.imap.registry import Command, Extension, Registry, State, no_arguments
from mailstore.imap.session import Session
from mailstore.store.memory import MemoryStore
from tests.engine import EngineServer


async def nothing(session: Session, arguments: None) -> None:
    return


HELLO = Command(b"HELLO", State.ANY, no_arguments, nothing)


def test_two_extensions_cannot_claim_one_command() -> None:
    extension = Extension(rfc=None, title="Hello", commands=(HELLO,))
    with pytest.raises(ValueError, match="HELLO"):
        Registry([extension, extension])


def test_capabilities_come_in_the_order_of_extensions_while_they_are_offered() -> None:
    registry = Registry(
        [
            Extension(rfc=None, title="One", capabilities=(b"ONE",)),
            Extension(rfc=None, title="Two", capabilities=(b"TWO",), offered=lambda _: False),
            Extension(rfc=None, title="Three", capabilities=(lambda _: b"THREE=3",)),
        ]
    )
    session = EngineServer(MemoryStore()).connect().engine.session
    assert registry.capabilities(session) == [b"ONE", b"THREE=3"]


def test_nothing_is_announced_twice() -> None:
    for channel in ("tls", "starttls", "clear"):
        session = EngineServer(MemoryStore()).connect(channel).engine.session
        capabilities = REGISTRY.capabilities(session)
        assert len(capabilities) == len(set(capabilities))


@pytest.mark.parametrize("name", REGISTRY.commands, ids=bytes.decode)
def test_commands_are_found_by_upper_case_names(name: bytes) -> None:
    assert name == name.upper()
    assert REGISTRY.commands[name].by_uid == name.startswith(b"UID ")


def test_what_imap4rev2_left_out_is_gone_from_its_registry_only() -> None:
    """RFC 9051, appendix E."""
    only = Extension(rfc=None, title="Hello", commands=(HELLO,), rev1_only=True)
    registry = Registry([only, Extension(rfc=None, title="None")])
    assert b"HELLO" in registry.commands
    assert not registry.rev2.commands
    gone = REGISTRY.commands.keys() - REGISTRY.rev2.commands.keys()
    gone |= REGISTRY.search_keys.keys() - REGISTRY.rev2.search_keys.keys()
    gone |= REGISTRY.status_items.keys() - REGISTRY.rev2.status_items.keys()
    assert gone == {b"CHECK", b"RECENT", b"NEW", b"OLD"}


@pytest.mark.parametrize("name", [b"FETCH", b"STORE", b"SEARCH"])
def test_expunge_waits_during_commands_by_number(name: bytes) -> None:
    """RFC 9051, section 7.5.1."""
    assert not REGISTRY.commands[name].may_expunge
    assert REGISTRY.commands[b"UID " + name].may_expunge
