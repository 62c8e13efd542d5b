"""Messages that answer one another, and some that only say so, made the same each time."""

from __future__ import annotations

import random

__all__ = ["EACH", "conversations"]

EACH = 12
"""Messages of one group; those of different groups have nothing to do with each other."""

_SUBJECTS = ("", "a", "Re: a", "b", "Re: b", "Fwd: c", "c", "[x] d", "[fwd: d]", "d (fwd)")
_SPELLINGS = ("<{}@x>", "<{}@x>", '<"{}"@x>', "< {}@x >", "<{}@x> (now)", "{}@x", "<{}>")


def conversations(groups: int) -> dict[str, bytes]:
    """Return messages by name, group after group."""
    return {
        f"group-{group}-{number}": message
        for group in range(groups)
        for number, message in enumerate(_group(group))
    }


def _group(group: int) -> list[bytes]:
    """References lead forwards and backwards, to what is not there, and round in circles.

    In groups of odd numbers no two messages have the same date.
    """
    rng = random.Random(group)
    hours = rng.sample(range(60), EACH) if group % 2 else rng.choices(range(60), k=EACH)
    return [_message(rng, f"g{group}-", number, hours[number]) for number in range(EACH)]


def _message(rng: random.Random, prefix: str, number: int, hour: int) -> bytes:
    def name(one: int) -> str:
        return rng.choice(_SPELLINGS[: 2 if one % 3 else None]).format(f"{prefix}{one}")

    lines = [
        f"Date: {1 + hour // 20} Jan 2020 {hour % 20}:00:00 +0000",
        f"Subject: {rng.choice((*_SUBJECTS, prefix + str(number), str(rng.random())))}",
        "From: ann@example.com",
    ]
    kind = rng.random()
    if kind < 0.9:
        lines.append(f"Message-ID: {name(number if kind < 0.8 else rng.randrange(EACH))}")
    referred = [rng.randrange(EACH + 3) for _ in range(rng.choice((0, 0, 1, 1, 2, 4)))]
    if rng.random() < 0.6:
        referred = [one for one in referred if one < number or one >= EACH]
    if referred:
        lines.append("References: " + "\r\n ".join(map(name, referred)))
    if rng.random() < 0.3:
        lines.append(f"In-Reply-To: {name(rng.randrange(EACH))} {name(rng.randrange(EACH))}")
    return ("\r\n".join([*lines, "", "text", ""])).encode()
