from __future__ import annotations

import pytest
import yaml

from mailstore.config.errors import ConfigurationError
from mailstore.config.yaml_document import Document, dotted

LOADERS = [
    pytest.param(yaml.BaseLoader, id="pure"),
    pytest.param(
        getattr(yaml, "CBaseLoader", None),
        id="libyaml",
        marks=pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without libyaml"),
    ),
]


@pytest.fixture(params=LOADERS)
def loader(request: pytest.FixtureRequest) -> type[yaml.BaseLoader]:
    loader: type[yaml.BaseLoader] = request.param
    return loader


def faults(text: str, loader: type[yaml.BaseLoader] = yaml.BaseLoader) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        Document(text, "users.yaml", loader)
    return list(caught.value.faults)


def test_every_scalar_is_text(loader: type[yaml.BaseLoader]) -> None:
    text = "no: yes\n012345: 1.2\n2024-01-01: 0x1f\nlist: [on, 1_0]\n"
    assert Document(text, "f", loader).data == {
        "no": "yes",
        "012345": "1.2",
        "2024-01-01": "0x1f",
        "list": ["on", "1_0"],
    }


def test_nothing_is_none_and_quoted_nothing_is_text(loader: type[yaml.BaseLoader]) -> None:
    text = "a:\nb: ~\nc: null\nd: ''\ne: \"null\"\n"
    expected = {"a": None, "b": None, "c": None, "d": "", "e": "null"}
    assert Document(text, "f", loader).data == expected


def test_empty_file_has_no_data(loader: type[yaml.BaseLoader]) -> None:
    assert Document("# only a comment\n", "f", loader).data is None


def test_every_duplicate_key_is_told_with_both_lines(loader: type[yaml.BaseLoader]) -> None:
    text = "users:\n  ada: {password: x}\n  bob: {a: 1, a: 2}\n  ada: {password: y}\n"
    assert faults(text, loader) == [
        'users.yaml:3: users.bob: duplicate key "a", first on line 3',
        'users.yaml:4: users: duplicate key "ada", first on line 2',
    ]


def test_keys_that_other_loaders_take_for_the_same_value_differ() -> None:
    assert Document("1: a\n01: b\n", "f").data == {"1": "a", "01": "b"}


def test_aliases_are_refused(loader: type[yaml.BaseLoader]) -> None:
    (fault,) = faults("a: &x [1]\nb: *x\n", loader)
    assert fault.startswith("users.yaml:1: b: anchors and aliases are not used here")


def test_aliases_do_not_multiply() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 100)]
    assert len(faults("\n".join(lines))) > 90


def test_unknown_alias_is_not_quoted_as_it_may_be_a_password(
    loader: type[yaml.BaseLoader],
) -> None:
    (fault,) = faults("password: *hunter2\n", loader)
    assert fault.startswith("users.yaml:1: anchors and aliases are not used here")
    assert "hunter2" not in fault


def test_tags_are_refused_and_not_quoted(loader: type[yaml.BaseLoader]) -> None:
    (fault,) = faults("a: 1\npassword: !hunter2 x\n", loader)
    assert fault.startswith("users.yaml:2: password: tags are not used here")
    assert "hunter2" not in fault


def test_keys_must_be_text(loader: type[yaml.BaseLoader]) -> None:
    assert faults("a:\n  ? [x]\n  : 1\n", loader) == ["users.yaml:2: a: a key must be text"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: [", 1), ("a: 1\n\tb: 2\n", 2), ("a: 1\nb: c: d\n", 2), ("a: 1\n---\nb: 2\n", 2)],
)
def test_syntax_errors_have_a_line(text: str, line: int, loader: type[yaml.BaseLoader]) -> None:
    (fault,) = faults(text, loader)
    found = int(fault.split(":")[1])
    assert line <= found <= line + 1
    assert "this is not YAML" in fault


def test_tabs_are_named_as_the_cause(loader: type[yaml.BaseLoader]) -> None:
    (fault,) = faults("\ta: 1\n", loader)
    assert "not with tabs" in fault


def test_control_characters_are_refused(loader: type[yaml.BaseLoader]) -> None:
    (fault,) = faults("a: \x00", loader)
    assert fault.startswith("users.yaml: this is not YAML: ")


@pytest.mark.parametrize("text", ["[" * 50_000, "a: " + "{b: " * 5_000])
def test_deep_nesting_is_refused(text: str, loader: type[yaml.BaseLoader]) -> None:
    assert len(faults(text, loader)) == 1


def test_lines_are_those_of_keys_and_items(loader: type[yaml.BaseLoader]) -> None:
    document = Document("a:\n  b:\n  - x\n  - c: 1\n    d: 2\n", "f", loader)
    assert document.line(("a",)) == 1
    assert document.line(("a", "b")) == 2
    assert document.line(("a", "b", 1)) == 4
    assert document.line(("a", "b", 1, "d")) == 5


def test_line_of_what_is_missing_is_that_of_what_should_hold_it() -> None:
    document = Document("a: 1\nb:\n  c: 1\n", "f")
    assert document.line(("b", "d", "e")) == 2
    assert document.line(("z",)) == 1


def test_node_finds_values_only_where_they_are() -> None:
    document = Document("a: [x]\n", "f")
    node = document.node(("a", 0))
    assert node is not None
    assert node.value == "x"
    assert document.node(("a", 1)) is None
    assert document.node(("a", "b")) is None


def test_dotted_paths() -> None:
    assert dotted(("listen", "imap", "address", 1)) == "listen.imap.address[1]"
