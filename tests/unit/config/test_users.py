from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from mailstore.config import users as users_module
from mailstore.config.errors import ConfigurationError
from mailstore.config.read import read_text
from mailstore.config.replace import locked
from mailstore.config.users import NoSuchUser, UserExists, UsersFile
from mailstore.model.quota import UNLIMITED
from mailstore.model.user import UserEntry

ROOT = Path(__file__).parents[3]

WRITTEN_BY_HAND = """\
# Our people.

users:
  ada:   # the first
    password: $1$old     # to be changed

  # Bob left.
  "Bob@Example.org":
      disabled: yes
      password: "{PLAIN}x"
  no: {password: '$1$no', maildir: /srv/no}

# The end.
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "users.yaml"


def users_file(path: Path) -> UsersFile:
    return UsersFile(path, known_hash=lambda hashed: hashed.startswith(("$1$", "{PLAIN}")))


def faults(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        users_file(path).load()
    return list(caught.value.faults)


def test_users_are_found_whatever_the_case_of_their_names(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    assert users_file(path).load() == {
        "ada": UserEntry("ada", "$1$old"),
        "bob@example.org": UserEntry("Bob@Example.org", "{PLAIN}x", disabled=True),
        "no": UserEntry("no", "$1$no", maildir="/srv/no"),
    }


def test_a_quota_of_ones_own(path: Path) -> None:
    path.write_text(
        "users:\n"
        "  ada: {password: $1$x, quota: {storage: 1KiB}}\n"
        "  bob:\n"
        "    password: $1$x\n"
        "    quota:\n"
        "      messages: unlimited # he may\n"
        "  eve: {password: $1$x, quota: }\n"
    )
    users = users_file(path).load()
    assert users["ada"] == UserEntry("ada", "$1$x", storage=1024)
    assert users["bob"] == UserEntry("bob", "$1$x", messages=UNLIMITED)
    assert users["eve"] == UserEntry("eve", "$1$x")


def test_a_change_keeps_the_quotas_of_all(path: Path) -> None:
    text = (
        "users:\n"
        "  ada:\n"
        "    quota:\n"
        "      storage: 1KiB # small\n"
        "    password: $1$x\n"
        "  bob: {password: $1$x, quota: {messages: 5}}\n"
    )
    path.write_text(text)
    users_file(path).set_password("bob", "$1$y")
    users_file(path).set_password("ada", "$1$z")
    written = text.replace("bob: {password: $1$x", "bob: {password: '$1$y'")
    assert path.read_text() == written.replace("password: $1$x\n", "password: '$1$z'\n")


def test_a_fault_in_a_quota_has_its_line(path: Path) -> None:
    told = faults(path, "users:\n  ada:\n    password: $1$x\n    quota:\n      size: 5\n")
    what = 'unknown key "size" - the keys here are storage, messages'
    assert told == [f"users.yaml:5: users.ada.quota.size: {what}"]


def test_names_and_passwords_are_never_numbers_or_switches(path: Path) -> None:
    path.write_text("users:\n  012345: {password: '$1$x'}\n  1e3: {password: '$1$y'}\n")
    assert list(users_file(path).load()) == ["012345", "1e3"]


def test_a_file_without_users(path: Path) -> None:
    for text in ("", "# nobody yet\n", "users:\n", "users: {}\n"):
        path.write_text(text)
        assert users_file(path).load() == {}


def test_a_missing_file_is_an_error(path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"users\.yaml: there is no such file; `mailstore user add"
    ):
        users_file(path).load()


def test_all_faults_are_told_with_lines_and_without_passwords(path: Path) -> None:
    text = """\
users:
  ada:
    pasword: $1$x
  bob:
    password: hunter2
    disabled: perhaps
  carol:
    password: [hunter2]
  ../dave:
    password: $1$x
  erin:
admins: {}
"""
    told = faults(path, text)
    assert told == [
        "users.yaml:2: users.ada.password: missing",
        'users.yaml:3: users.ada.pasword: unknown key "pasword" - did you mean "password"?',
        'users.yaml:6: users.bob.disabled: expected yes or no, got "perhaps"',
        (
            "users.yaml:8: users.carol.password: expected a password hash as `mailstore pw` prints "
            "it, got a list"
        ),
        (
            "users.yaml:9: users.../dave: expected a user's name (a user name has no slash and "
            'does not begin with a dot), got "../dave"'
        ),
        "users.yaml:11: users.erin: expected keys with values, got nothing",
        'users.yaml:12: admins: unknown key "admins" - the keys here are users',
    ]
    assert "hunter2" not in "".join(told)


def test_an_unknown_hash_is_told_without_it(path: Path) -> None:
    (fault,) = faults(path, "users:\n  bob:\n    disabled: no\n    password: hunter2\n")
    assert fault.startswith("users.yaml:4: users.bob.password: expected a password hash")
    assert "hunter2" not in fault


def test_a_password_in_the_place_of_a_user_is_not_told(path: Path) -> None:
    assert faults(path, "users:\n  ada: hunter2\n") == [
        "users.yaml:2: users.ada: expected keys with values, got text"
    ]


def test_duplicate_users_are_refused(path: Path) -> None:
    text = "users:\n  ada: {password: $1$x}\n  ada: {password: $1$y}\n"
    assert faults(path, text) == ['users.yaml:3: users: duplicate key "ada", first on line 2']


def test_names_that_differ_in_case_only_are_one_user(path: Path) -> None:
    text = "users:\n  ada: {password: $1$x}\n  ADA: {password: $1$y}\n"
    (fault,) = faults(path, text)
    assert fault.startswith('users.yaml:3: users.ADA: the same user as "ada"')


def test_names_that_are_composed_differently_are_one_user(path: Path) -> None:
    text = "users:\n  j\u00fcrg: {password: $1$x}\n  ju\u0308rg: {password: $1$y}\n"
    (fault,) = faults(path, text)
    assert "the same user" in fault


def test_the_rest_of_the_configuration_has_its_say(path: Path) -> None:
    path.write_text("users:\n  ada: {password: $1$x}\n")

    def check(user: UserEntry) -> None:
        raise ValueError(f"no path for {user.name}")

    source = UsersFile(path, known_hash=lambda hashed: True, check_user=check)
    with pytest.raises(ConfigurationError, match=r"^users\.yaml:2: users\.ada: no path for ada$"):
        source.load()


def test_a_password_is_changed_where_it_stands(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    users_file(path).set_password("ADA", "$1$new")
    assert path.read_text() == WRITTEN_BY_HAND.replace("$1$old", "'$1$new'")
    users_file(path).set_password("bob@example.org", "$1$it's")
    assert path.read_text() == WRITTEN_BY_HAND.replace("$1$old", "'$1$new'").replace(
        '"{PLAIN}x"', "'$1$it''s'"
    )
    users_file(path).set_password("no", "$1$a,b}")
    assert users_file(path).load()["no"] == UserEntry("no", "$1$a,b}", maildir="/srv/no")


def test_a_user_is_added_after_the_last_one(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    users_file(path).add(UserEntry("carol", "$1$c"))
    before, end, after = WRITTEN_BY_HAND.rpartition("/srv/no}\n")
    assert path.read_text() == before + end + "  carol:\n    password: '$1$c'\n" + after


@pytest.mark.parametrize("name", ["no", "012345", "true", "a: b", "o'neil", "{x}", "#x", "jürg"])
def test_added_names_are_written_so_that_every_yaml_reader_takes_them_as_text(
    path: Path, name: str
) -> None:
    import yaml

    users_file(path).add(UserEntry(name, "$1$x"))
    assert yaml.safe_load(path.read_text()) == {"users": {name: {"password": "$1$x"}}}
    assert users_file(path).load()[name].name == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "users:\n  ada:\n    password: '$1$x'\n"),
        ("# hello", "# hello\nusers:\n  ada:\n    password: '$1$x'\n"),
        ("users:\n", "users:\n  ada:\n    password: '$1$x'\n"),
        ("users:  # none\n# end\n", "users:  # none\n  ada:\n    password: '$1$x'\n# end\n"),
        ("users: {}\n", "users:\n  ada:\n    password: '$1$x'\n"),
        ("users: null  # none\n", "users:  # none\n  ada:\n    password: '$1$x'\n"),
        (
            "users: {bob: {password: $1$b}}\n",
            "users: {bob: {password: $1$b}, ada: {password: '$1$x'}}\n",
        ),
        (
            "users:\r\n    bob:\r\n        password: $1$b\r\n",
            (
                "users:\r\n    bob:\r\n        password: $1$b\r\n"
                "    ada:\r\n      password: '$1$x'\r\n"
            ),
        ),
        (
            "users:\n  bob:\n    password: $1$b",
            "users:\n  bob:\n    password: $1$b\n  ada:\n    password: '$1$x'\n",
        ),
        (
            "users:\n  bob:\n    password: |-\n      $1$b\n",
            "users:\n  bob:\n    password: |-\n      $1$b\n  ada:\n    password: '$1$x'\n",
        ),
    ],
)
def test_a_user_is_added_to_whatever_is_there(path: Path, text: str, expected: str) -> None:
    path.write_bytes(text.encode())
    users_file(path).add(UserEntry("ada", "$1$x"))
    # Line ends but for the cut one of "# hello" are kept as they were.
    assert path.read_bytes() == expected.encode()


def test_a_file_that_cannot_be_changed_safely_is_left_alone(path: Path) -> None:
    text = "{users: {}}\n...\n"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="change it by hand"):
        users_file(path).add(UserEntry("ada", "$1$x"))
    assert path.read_text() == text


def test_a_user_is_deleted_and_comments_stay(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    gone = users_file(path).delete("Ada")
    assert gone == UserEntry("ada", "$1$old")
    expected = WRITTEN_BY_HAND.replace(
        "  ada:   # the first\n    password: $1$old     # to be changed\n", ""
    )
    assert path.read_text() == expected
    users_file(path).delete("bob@example.org")
    users_file(path).delete("no")
    assert path.read_text() == "# Our people.\n\nusers:\n\n  # Bob left.\n\n# The end.\n"
    assert users_file(path).load() == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", "users: {b: {password: $1$b}, c: {password: $1$c}}\n"),
        ("b", "users: {a: {password: $1$a}, c: {password: $1$c}}\n"),
        ("c", "users: {a: {password: $1$a}, b: {password: $1$b}}\n"),
    ],
)
def test_users_are_deleted_from_a_flow_mapping(path: Path, name: str, expected: str) -> None:
    path.write_text("users: {a: {password: $1$a}, b: {password: $1$b}, c: {password: $1$c}}\n")
    users_file(path).delete(name)
    assert path.read_text() == expected


def test_unknown_and_known_names_are_refused(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    source = users_file(path)
    for call in (source.delete, source.find, lambda name: source.set_password(name, "$1$x")):
        with pytest.raises(NoSuchUser):
            call("dave")
    with pytest.raises(UserExists):
        source.add(UserEntry("BOB@example.org", "$1$x"))
    assert path.read_text() == WRITTEN_BY_HAND


def test_hashes_are_replaced_only_where_they_are_still_the_old_ones(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    users_file(path).replace_passwords(
        {"ada": ("$1$old", "$1$better"), "no": ("$1$other", "$1$worse"), "gone": ("$1$x", "$1$y")}
    )
    assert path.read_text() == WRITTEN_BY_HAND.replace("$1$old", "'$1$better'")


def test_nothing_to_replace_leaves_the_file_untouched(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    before = path.stat()
    users_file(path).replace_passwords({"ada": ("$1$other", "$1$new")})
    assert path.stat().st_ino == before.st_ino


def test_a_file_with_faults_is_not_changed(path: Path) -> None:
    path.write_text("users:\n  ada: {}\n")
    with pytest.raises(ConfigurationError, match="missing"):
        users_file(path).add(UserEntry("bob", "$1$x"))
    assert path.read_text() == "users:\n  ada: {}\n"


def test_a_new_file_is_for_its_owner_only(path: Path) -> None:
    users_file(path).add(UserEntry("ada", "$1$x"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_old_file_keeps_its_mode_but_for_what_others_could_do(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    path.chmod(0o644)
    users_file(path).set_password("ada", "$1$new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_old_file_keeps_its_owner(path: Path) -> None:
    path.write_text(WRITTEN_BY_HAND)
    os.chown(path, 12345, 54321)
    users_file(path).set_password("ada", "$1$new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


def test_a_symbolic_link_stays_one(path: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    real = tmp_path / "etc" / "people.yaml"
    real.write_text(WRITTEN_BY_HAND)
    path.symlink_to(real)
    users_file(path).set_password("ada", "$1$new")
    assert path.is_symlink()
    assert "$1$new" in real.read_text()


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text(WRITTEN_BY_HAND)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="the disk is full"):
        users_file(path).set_password("ada", "$1$new")
    assert path.read_text() == WRITTEN_BY_HAND
    assert [entry.name for entry in path.parent.iterdir()] == ["users.yaml"]


def test_changes_by_many_at_once_are_all_kept(path: Path) -> None:
    path.write_text("users:\n")
    names = [f"user{n}" for n in range(12)]
    threads = [
        threading.Thread(target=users_file(path).add, args=(UserEntry(name, "$1$x"),))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(users_file(path).load()) == sorted(names)


def test_a_change_by_an_editor_in_the_meantime_is_not_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("users:\n  ada:\n    password: $1$x\n")
    source = users_file(path)
    edits = ["users:\n  ada:\n    password: $1$x\n  eve:\n    password: $1$e\n"]

    def read_and_edit(file: Path) -> str:
        text = read_text(file)
        if edits:
            file.write_text(edits.pop())
        return text

    monkeypatch.setattr(users_module, "read_text", read_and_edit)
    source.add(UserEntry("bob", "$1$b"))
    assert list(users_file(path).load()) == ["ada", "eve", "bob"]


def test_a_lock_that_is_held_is_waited_for_within_bounds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailstore.config.replace.LOCK_WAIT_S", 0.0)
    with (
        locked(path.parent),
        pytest.raises(ConfigurationError, match="another program is changing"),
    ):
        users_file(path).add(UserEntry("ada", "$1$x"))


def test_the_example_is_a_users_file() -> None:
    users = UsersFile(ROOT / "users.example.yaml", known_hash=lambda hashed: True).load()
    assert list(users) == ["ada", "bob@example.org", "carol@example.org"]
    assert users["bob@example.org"].maildir == "/srv/mail/bob"
    assert users["carol@example.org"].disabled


def test_a_hash_does_not_show_in_repr() -> None:
    assert "secret" not in repr(UserEntry("ada", "$1$secret"))
