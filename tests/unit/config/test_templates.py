from __future__ import annotations

from pathlib import Path

import pytest

from mailstore.config.templates import Template, check_user_name

DATA = Path("/data")


def test_fields_are_filled() -> None:
    assert Template("{data}/mail/{user}").fill("ada", DATA) == Path("/data/mail/ada")
    template = Template("/var/mail/{domain}/{local}")
    assert template.fill("ada@example.org", DATA) == Path("/var/mail/example.org/ada")


def test_the_last_at_sign_begins_the_domain() -> None:
    template = Template("/m/{domain}/{local}")
    assert template.fill("a@b@example.org", DATA) == Path("/m/example.org/a@b")


@pytest.mark.parametrize("user", ["ada", "ada@", "@example.org", "ada@..", "ada@.org"])
def test_a_name_without_the_parts_has_no_path(user: str) -> None:
    with pytest.raises(ValueError, match=r"has no (domain|local) part"):
        Template("/m/{domain}/{local}").fill(user, DATA)


@pytest.mark.parametrize(
    "user", ["../bob", "a/b", ".", "..", ".ada", "", "a\0b", "a\nb", " ada", "ada ", "x" * 256]
)
def test_no_name_leads_elsewhere(user: str) -> None:
    with pytest.raises(ValueError, match="a user name"):
        check_user_name(user)
    with pytest.raises(ValueError, match="a user name"):
        Template("/m/{user}").fill(user, DATA)


def test_braces_in_a_name_are_no_fields() -> None:
    assert Template("/m/{user}").fill("{data}", DATA) == Path("/m/{data}")


@pytest.mark.parametrize("user", ["ada", "no", "012345", "jürgen@exämple.org", "o'neil", "a b"])
def test_usual_names_are_fine(user: str) -> None:
    check_user_name(user)
