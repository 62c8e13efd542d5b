from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from mailstore.auth.passwords import SCHEMES, is_known, verify
from mailstore.cli.main import cli
from mailstore.cli.password import make_password


def run(*arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(cli, ["pw", *arguments], input=stdin)


def test_a_password_is_asked_for_twice_and_not_shown() -> None:
    result = run(stdin="sécret\nsécret\n")
    assert result.exit_code == 0
    assert verify("sécret", result.stdout.strip())
    assert "sécret" not in result.stderr
    assert result.stderr.count("assword") + result.stderr.count("onfirm") >= 2


def test_what_differs_is_asked_for_again() -> None:
    result = run(stdin="one\ntwo\nthree\nthree\n")
    assert result.exit_code == 0
    assert verify("three", result.stdout.strip())


@pytest.mark.parametrize("end", ["\n", "\r\n", "", "\nsecond line\n"])
def test_the_first_line_of_standard_input_is_the_password(end: str) -> None:
    result = run("--stdin", stdin=" spaces stay " + end)
    assert result.exit_code == 0
    assert verify(" spaces stay ", result.stdout.strip())
    assert result.stderr == ""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_can_be_asked_for(scheme: str) -> None:
    result = run("--stdin", "--scheme", scheme, stdin="x\n")
    hashed = result.stdout.strip()
    assert is_known(hashed)
    assert verify("x", hashed)


def test_an_unknown_scheme_is_wrong_usage() -> None:
    assert run("--scheme", "md5").exit_code == 2


@pytest.mark.parametrize(
    ("stdin", "problem"),
    [
        ("", "no password"),
        ("\n", "one character"),
        (b"\xff\n", "not UTF-8"),
        ("a\tb\n", "control"),
        ("x" * 5000, "4096 octets"),
        ("a\0b\n", "NUL"),
    ],
)
def test_what_cannot_be_a_password_is_refused(stdin: str | bytes, problem: str) -> None:
    result = run("--stdin", stdin=stdin)
    assert result.exit_code == 1
    assert problem in result.stderr
    assert result.stdout == ""


def test_bcrypt_would_cut_a_long_password_short() -> None:
    result = run("--stdin", "--scheme", "bcrypt", stdin="x" * 73)
    assert result.exit_code == 1
    assert "72 octets" in result.stderr


def test_no_answer_ends_it() -> None:
    assert run(stdin="").exit_code == 1


def test_made_up_passwords_differ_and_are_easy_to_copy() -> None:
    made = {make_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 20 and password.isalnum() for password in made)
    assert not set("".join(made)) & set("0O1lI")
