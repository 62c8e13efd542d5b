import pytest

from mailstore.mime.limits import DEFAULT, MimeLimits


def test_default_limits_hold_real_mail() -> None:
    assert DEFAULT.depth == 100
    assert DEFAULT.parts == 10_000


@pytest.mark.parametrize("name", MimeLimits.__dataclass_fields__)
def test_limits_are_at_least_one(name: str) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        MimeLimits(**{name: 0})
