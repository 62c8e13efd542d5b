from __future__ import annotations

import pytest

from mailstore.model.limits import ConnectionLimits
from mailstore.net.admission import Admission, Refusal, group_of, plain_address


class Guest:
    def __init__(self) -> None:
        self.evicted = False

    def make_room(self) -> None:
        self.evicted = True


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("local", "local"),
    ],
)
def test_an_address_is_counted_with_its_network(address: str, group: str) -> None:
    assert group_of(address) == group


def test_ipv4_on_a_socket_for_both_is_ipv4() -> None:
    assert plain_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert plain_address("2001:db8::1") == "2001:db8::1"
    assert plain_address("192.0.2.1") == "192.0.2.1"


def test_one_address_may_have_so_many_connections() -> None:
    admission = Admission(ConnectionLimits(per_address=2))
    first = Guest()
    admission.enter(first, "192.0.2.1")
    admission.enter(Guest(), "192.0.2.1")
    with pytest.raises(Refusal):
        admission.enter(Guest(), "192.0.2.1")
    admission.enter(Guest(), "192.0.2.2")
    admission.leave(first)
    admission.leave(first)
    admission.enter(Guest(), "192.0.2.1")


def test_signed_in_connections_keep_their_places() -> None:
    admission = Admission(ConnectionLimits(total=2))
    guests = [Guest(), Guest()]
    for guest in guests:
        admission.enter(guest, "192.0.2.1")
        admission.signed_in(guest)
    with pytest.raises(Refusal):
        admission.enter(Guest(), "192.0.2.1")
    admission.signed_out(guests[1])
    admission.enter(Guest(), "192.0.2.1")
    assert [guest.evicted for guest in guests] == [False, True]
    assert len(admission) == 2
