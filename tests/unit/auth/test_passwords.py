from __future__ import annotations

from pathlib import Path

import pytest

from mailstore.auth import passwords
from mailstore.auth.passwords import (
    SCHEMES,
    UnusablePassword,
    check_new,
    decoded,
    holds_interpreter,
    is_known,
    new_hash,
    replacement,
    verify,
)
from mailstore.config.users import UsersFile

ROOT = Path(__file__).parents[3]

# Made without passlib, of the password below.
PASSWORD = "pässword 1"
FOREIGN = {
    "{SSHA}": "{SSHA}idX3pKaj4FpK0K4cUUxogwqgcipzYWx0c2FsdA==",
    "{SSHA256}": "{SSHA256}FMa4ATrlqQ1NaQrKMFj2klD7VCPV0TmPSp0FayIliA9zYWx0c2FsdA==",
    "{SSHA512}": "{SSHA512}s3FOPMgVYqBO0w3WzPkne+tyzouHb9eDOJIoRJtla4L0U7+PFku4DOCVwjjDgbe2zKjD8FVO"
    "P7/zXoB2Q34wpHNhbHRzYWx0",
    "$6$": "$6$rounds=1000$saltsalt$LpbUuSkOxu/vg/HbLhWYyO9j1M1J/MWO4e8GVf138hLitJ0fXkiGRg2bjfTk2oH"
    "KX1aa.Vv3OoL3QdQPe3rrz/",
    "$5$": "$5$rounds=1000$saltsalt$lhAEjhvxHXt71TRsBd49WsSgF29gEJdwJAoWwQtnQAA",
    "$1$": "$1$saltsalt$2f.bWx.H.UmlFhfc8jBL/.",
    "bcrypt": "$2b$04$4uDxqDQhjtHd8xRrMDReK.y3ml1w.tRyAgDse9WRgm66RJlIlqGBe",
    "pbkdf2-sha256": "$pbkdf2-sha256$1000$c2FsdHNhbHQ$TJjxALDlYR0VS1rZcn/mIcGikrqhzfeUo/fIb0P6NY0",
    "pbkdf2-sha512": "$pbkdf2-sha512$1000$c2FsdHNhbHQ$4DlYuue/niOvEz7zZQlfY/dsp/0P8/LyhyWCyxA65w2A"
    "xe.nWhvRGH7NyebETok9wiiQ36j1ZEAgPysG3lrZJQ",
    "scrypt": "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$EzNnVImk27T5+jWzjIVfBRpjCgL5B8J12PHGlbqzBAY",
    "argon2id": "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$hxeB77YnBCghNI+8dorBNA",
    "argon2i": "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$slEd9/5fYw5c7QynSaOjmg",
    "{PLAIN}": "{PLAIN}pässword 1",
    "{CLEARTEXT}": "{cleartext}pässword 1",
    "{CLEAR}": "{CLEAR}pässword 1",
}


@pytest.mark.parametrize("hashed", FOREIGN.values(), ids=FOREIGN.keys())
def test_hashes_of_other_programs_verify_and_are_replaced(hashed: str) -> None:
    assert is_known(hashed)
    assert verify(PASSWORD, hashed)
    assert not verify(PASSWORD + " ", hashed)
    assert not verify("passwort 1", hashed)
    better = replacement(PASSWORD, hashed)
    assert better is not None
    assert better.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify(PASSWORD, better)


@pytest.mark.parametrize(
    ("wrapping", "scheme"),
    [
        ("{SHA512-CRYPT}", "$6$"),
        ("{SHA256-CRYPT}", "$5$"),
        ("{MD5-CRYPT}", "$1$"),
        ("{CRYPT}", "$6$"),
        ("{crypt}", "bcrypt"),
        ("{BLF-CRYPT}", "bcrypt"),
        ("{ARGON2ID}", "argon2id"),
        ("{ARGON2I}", "argon2i"),
    ],
)
def test_dovecots_wrapping_is_taken_off(wrapping: str, scheme: str) -> None:
    hashed = wrapping + FOREIGN[scheme]
    assert is_known(hashed)
    assert verify(PASSWORD, hashed)
    assert holds_interpreter(hashed) == (scheme in ("$6$", "$5$"))


def test_the_default_is_argon2id_and_not_replaced() -> None:
    hashed = new_hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert replacement(PASSWORD, hashed) is None
    assert replacement(PASSWORD, "{ARGON2ID}" + hashed) is None
    assert new_hash(PASSWORD) != hashed


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_makes_hashes_that_verify(scheme: str) -> None:
    hashed = new_hash(PASSWORD, scheme)
    assert is_known(hashed)
    assert verify(PASSWORD, hashed)
    assert not verify("x", hashed)


# crypt_blowfish's own test vectors.
@pytest.mark.parametrize("kind", ["2a", "2b", "2x", "2y"])
@pytest.mark.parametrize(
    ("password", "rest"),
    [
        ("U*U", "$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*", "$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        ("", "$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    ],
)
def test_all_kinds_of_bcrypt_verify(kind: str, password: str, rest: str) -> None:
    hashed = f"${kind}{rest}"
    assert is_known(hashed)
    assert verify(password, hashed)
    assert not verify(password + "x", hashed)


def test_bcrypt_looks_at_72_octets_as_everywhere() -> None:
    hashed = new_hash("x" * 72, "bcrypt")
    assert verify("x" * 100, hashed)
    assert not verify("x" * 71, hashed)
    with pytest.raises(UnusablePassword, match="72 octets"):
        new_hash("é" * 37, "bcrypt")


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "secret",
        "{PLAIN}",
        "{NOSUCH}abc",
        "{SSHA}",
        "{SSHA}abc",
        "{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=",
        "{CRYPT}secret",
        "$6$",
        "$6$salt",
        "$1$x",
        "$2b$05$abc",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW!",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ",
        "$argon2id$nonsense",
        "$scrypt$",
        "$pbkdf2-sha256$",
        "$7$whatever",
    ],
)
def test_what_is_no_hash_is_known_as_none(hashed: str) -> None:
    assert not is_known(hashed)


@pytest.mark.parametrize(
    "password", [b"", b"a\0b", b"\0", b"x" * 4097, b"\xff\xfe", "é".encode("latin-1")]
)
def test_what_can_be_nobodys_password(password: bytes) -> None:
    assert decoded(password) is None


def test_any_other_octets_are_a_password() -> None:
    assert decoded(b"x" * 4096) == "x" * 4096
    assert decoded("tab\tand é".encode()) == "tab\tand é"


@pytest.mark.parametrize("password", ["", "a\0b", "a\tb", "a\nb", "x" * 4097, "\ud800"])
def test_passwords_that_could_not_be_typed_or_sent_are_not_set(password: str) -> None:
    with pytest.raises(UnusablePassword):
        check_new(password)


def test_a_password_that_could_not_be_set_any_more_still_gets_a_better_hash() -> None:
    better = replacement("a\tb", "{PLAIN}a\tb")
    assert better is not None
    assert verify("a\tb", better)


def test_the_decoy_costs_what_a_new_hash_costs() -> None:
    assert passwords.decoy().rpartition("$")[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.decoy() == passwords.decoy()


def test_the_examples_passwords_are_as_it_says() -> None:
    users = UsersFile(ROOT / "users.example.yaml", known_hash=is_known).load()
    assert verify("secret", users["ada"].password)
    assert verify("builder", users["bob@example.org"].password)
    assert verify("carol", users["carol@example.org"].password)
