"""Changes to the text of users files, whatever the file looks like."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from mailstore.config import users_text
from mailstore.config.errors import ConfigurationError
from mailstore.config.yaml_document import Document

NAMES = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="/"), min_size=1, max_size=12
)
HASHES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
PEOPLE = st.dictionaries(NAMES, HASHES, min_size=1, max_size=5)


def written(people: dict[str, str], flow: bool | None, indent: int) -> str:
    data = {"users": {name: {"password": hashed} for name, hashed in people.items()}}
    text: str = yaml.dump(
        data, default_flow_style=flow, indent=indent, allow_unicode=True, sort_keys=False
    )
    return "# Top\n" + text + "# End\n"


def passwords(text: str) -> dict[str, str]:
    data = Document(text, "f").data
    assert isinstance(data, dict)
    users = data["users"]
    return {name: entry["password"] for name, entry in (users or {}).items()}  # type: ignore


STYLES = (st.sampled_from([None, True, False]), st.integers(2, 6))


@given(PEOPLE, *STYLES, NAMES, HASHES)
def test_adding_changes_nothing_else(
    people: dict[str, str], flow: bool | None, indent: int, name: str, hashed: str
) -> None:
    people.pop(name, None)
    text = written(people, flow, indent)
    if not people:
        return
    new = users_text.add(text, name, hashed)
    assert passwords(new) == {**people, name: hashed}
    assert new.startswith("# Top\n")
    assert "# End\n" in new


@given(PEOPLE, *STYLES, st.data())
def test_setting_changes_nothing_else(
    people: dict[str, str], flow: bool | None, indent: int, data: st.DataObject
) -> None:
    names = data.draw(st.lists(st.sampled_from(list(people)), unique=True))
    changes = {name: data.draw(HASHES) for name in names}
    new = users_text.set_passwords(written(people, flow, indent), changes)
    assert passwords(new) == {**people, **changes}


@given(PEOPLE, *STYLES, st.data())
def test_deleting_changes_nothing_else(
    people: dict[str, str], flow: bool | None, indent: int, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(list(people)))
    text = written(people, flow, indent)
    try:
        new = users_text.delete(text, name)
    except ConfigurationError:
        # `? long key` and such: refused, and by a person then.
        assert "? " in text
        return
    assert passwords(new) == {key: value for key, value in people.items() if key != name}
    assert "# End\n" in new
