"""Contributions and announcements on the wire, and the tally of a period."""

from __future__ import annotations

import dataclasses

import pytest

from models.errors import RemoteProtocolError
from models.privacy.announcement import Announcement
from models.privacy.cipher import add, decrypt
from models.privacy.contribution import Contribution, Period
from models.privacy.tally import Tally
from models.wire.cbor import WireValue
from models.wire.keys import SigningKey
from tests.models.privacy.sample import MINUTE, PERIOD, reading, sum_key

HOLDER = SigningKey.from_seed(bytes(32))
ANNOUNCED = Announcement.sign("TL1", sum_key().public, 60, 5 * MINUTE, HOLDER)
NOT_A_SUM: dict[str, WireValue] = {
    "version": 2,
    "start": PERIOD.start_ns + 1,
    "length": 0,
    "key": b"short",
    "participants": ["b", "a"],
    "cipher": b"",
}


def test_a_contribution_comes_back_as_it_was() -> None:
    given = reading(412, "SM1")
    assert Contribution.from_wire(given.to_wire()) == given


@pytest.mark.parametrize("field", NOT_A_SUM)
def test_a_contribution_is_read_strictly(field: str) -> None:
    wire = dict(reading(412, "SM1").to_wire())  # type: ignore[arg-type]
    with pytest.raises(RemoteProtocolError):
        Contribution.from_wire(wire | {field: NOT_A_SUM[field]})
    with pytest.raises(RemoteProtocolError, match=field):
        Contribution.from_wire({name: value for name, value in wire.items() if name != field})


@pytest.mark.parametrize("item", [None, [], "x", {"version": 1, "more": 2}, {1: 2}])
def test_what_is_no_contribution_is_refused(item: object) -> None:
    with pytest.raises(RemoteProtocolError, match="contribution"):
        Contribution.from_wire(item)


@pytest.mark.parametrize("participants", [(), ("",), ("a", "a"), ("b", "a")])
def test_participants_are_told_and_each_once(participants: tuple[str, ...]) -> None:
    with pytest.raises(RemoteProtocolError):
        dataclasses.replace(reading(1, "SM1"), participants=participants)


def test_periods() -> None:
    assert Period.around(PERIOD.end_ns - 1, MINUTE) == PERIOD
    assert Period.around(PERIOD.end_ns, MINUTE).before() == PERIOD


def test_an_announcement_is_believed_only_of_its_key_holder() -> None:
    told = Announcement.from_wire(ANNOUNCED.to_wire())
    told.verify("TL1", HOLDER.public)
    with pytest.raises(RemoteProtocolError, match="announced by TL1, not by TL2"):
        told.verify("TL2", HOLDER.public)
    with pytest.raises(RemoteProtocolError, match="not signed"):
        told.verify("TL1", SigningKey.generate().public)


@pytest.mark.parametrize("changed", [{"period": 120}, {"since": 7}, {"holder": "TL9"}])
def test_a_changed_announcement_is_not_signed(changed: dict[str, WireValue]) -> None:
    told = Announcement.from_wire(dict(ANNOUNCED.to_wire()) | changed)  # type: ignore[arg-type]
    with pytest.raises(RemoteProtocolError, match="not signed"):
        told.verify(told.holder, HOLDER.public)


@pytest.mark.parametrize("changed", [{"n": bytes(384)}, {"period": 59}, {"fingerprint": bytes(32)}, {"signature": b""}])
def test_an_announcement_is_read_strictly(changed: dict[str, WireValue]) -> None:
    with pytest.raises(RemoteProtocolError):
        Announcement.from_wire(dict(ANNOUNCED.to_wire()) | changed)  # type: ignore[arg-type]


def test_the_tally_adds_every_meter_once() -> None:
    tally = Tally(PERIOD, sum_key().public)
    assert tally.take("SM1", reading(412, "SM1"))
    assert tally.take("SM2", reading(-12, "SM2"))
    assert not tally.take("SM1", reading(412, "SM1"))  # an answer was lost, the meter sends it again
    total = add(tally.key, [part.cipher for part in tally.contributions.values()])
    assert (decrypt(sum_key(), total, 2), tally.participants) == (400, ("SM1", "SM2"))


REFUSED = {
    "something else": ("SM1", reading(5, "SM1")),
    "in already, from SM1": ("LV9", reading(5, "SM1")),
    "under key": ("SM3", reading(5, "SM3", 1)),
    "another period": ("SM3", dataclasses.replace(reading(5, "SM3"), period=PERIOD.before())),
    "not in the group": ("SM3", dataclasses.replace(reading(5, "SM3"), cipher=bytes(768))),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_the_tally_refuses(reason: str) -> None:
    tally = Tally(PERIOD, sum_key().public)
    tally.take("SM1", reading(412, "SM1"))
    with pytest.raises(RemoteProtocolError, match=reason):
        tally.take(*REFUSED[reason])
    assert tally.participants == ("SM1",)
