"""The link layer in virtual time: its table of states, its window, its timers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import LocalProtocolError, RemoteProtocolError
from protocols.iec104.link.apci import Function, Splitter, information, supervisory, unnumbered
from protocols.iec104.link.session import TRANSITIONS, Input, Parameters, Role, Session, State

ASDU = bytes.fromhex("010103000100640000 01")
STARTED = unnumbered(Function.STARTDT_ACT)


def controlled(**parameters: float) -> Session:
    """A controlled station whose data transfer was started at 0 s."""
    session = Session(Role.CONTROLLED, Parameters(**parameters), 0.0)  # type: ignore[arg-type]
    session.receive(STARTED, 0.0)
    assert session.take_output() == unnumbered(Function.STARTDT_CON)
    return session


def controlling(**parameters: float) -> Session:
    session = Session(Role.CONTROLLING, Parameters(**parameters), 0.0)  # type: ignore[arg-type]
    session.start(0.0)
    session.receive(unnumbered(Function.STARTDT_CON), 0.0)
    assert session.take_output() == STARTED
    return session


FRAMES = {
    Input.STARTDT_ACT: unnumbered(Function.STARTDT_ACT),
    Input.STARTDT_CON: unnumbered(Function.STARTDT_CON),
    Input.STOPDT_ACT: unnumbered(Function.STOPDT_ACT),
    Input.STOPDT_CON: unnumbered(Function.STOPDT_CON),
    Input.I_FRAME: information(0, 0, ASDU),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", [State.STOPPED, State.STARTING, State.STARTED, State.STOPPING])
@pytest.mark.parametrize("happened", FRAMES)
def test_table_of_states(role: Role, state: State, happened: Input) -> None:
    session = Session(role, Parameters(), 0.0)
    session.state = state
    expected = TRANSITIONS.get((role, state, happened))
    if expected is None:
        with pytest.raises(RemoteProtocolError, match=happened.value):
            session.receive(FRAMES[happened], 0.0)
        assert session.state is State.CLOSED
        return
    session.receive(FRAMES[happened], 0.0)
    at_once = role is Role.CONTROLLED and expected is State.STOPPING  # nothing is unacknowledged here
    assert session.state is (State.STOPPED if at_once else expected)


def test_every_state_but_closed_can_be_left() -> None:
    for role in Role:
        assert {state for own, state, _ in TRANSITIONS if own is role} >= set(TRANSITIONS.values()) - {
            State.STARTING,
            State.CLOSED,
        }


@pytest.mark.parametrize("state", [State.STOPPED, State.STARTED, State.STOPPING])
def test_test_frames_are_answered_in_every_state(state: State) -> None:
    session = Session(Role.CONTROLLED, Parameters(), 0.0)
    session.state = state
    session.receive(unnumbered(Function.TESTFR_ACT), 1.0)
    assert session.take_output() == unnumbered(Function.TESTFR_CON)
    assert session.state is state


def test_window_closes_at_k_and_opens_with_acknowledgements() -> None:
    session = controlled(k=4)
    numbers = [session.send(ASDU, 0.0) for _ in range(4)]
    assert (numbers, session.room) == ([1, 2, 3, 4], 0)
    with pytest.raises(LocalProtocolError, match="room"):
        session.send(ASDU, 0.0)
    session.receive(supervisory(3), 1.0)
    assert (session.acknowledged, session.room) == (3, 3)


def test_nothing_is_sent_before_start_and_after_stop() -> None:
    session = Session(Role.CONTROLLED, Parameters(), 0.0)
    assert session.room == 0
    session = controlled()
    session.receive(unnumbered(Function.STOPDT_ACT), 0.0)
    assert session.take_output() == unnumbered(Function.STOPDT_CON)
    assert (session.room, session.state) == (0, State.STOPPED)


def test_stop_is_confirmed_once_everything_is_acknowledged() -> None:
    session = controlled()
    session.send(ASDU, 0.0)
    session.receive(information(0, 0, ASDU), 0.0)
    session.acknowledge(1, 0.0)
    session.take_output()
    session.receive(unnumbered(Function.STOPDT_ACT), 0.0)
    assert session.take_output() == supervisory(1)
    session.receive(supervisory(1), 0.0)
    assert session.take_output() == unnumbered(Function.STOPDT_CON)


def test_acknowledgement_after_w_frames() -> None:
    session = controlling(w=3)
    for number in range(3):
        session.receive(information(number, 0, ASDU), 0.0)
        assert session.take_output() == b""
    session.acknowledge(2, 0.0)
    assert session.take_output() == b""
    session.acknowledge(3, 0.0)
    assert session.take_output() == supervisory(3)


def test_acknowledgement_after_t2() -> None:
    session = controlling(t2_s=10.0)
    session.receive(information(0, 0, ASDU) + information(1, 0, ASDU), 5.0)
    session.acknowledge(1, 5.0)
    assert session.next_deadline_s() == 15.0
    session.tick(14.9)
    assert session.take_output() == b""
    session.tick(15.0)
    assert session.take_output() == supervisory(1)  # the second frame is not safe yet


def test_frames_that_are_not_released_are_never_acknowledged() -> None:
    session = controlling(k=12, w=8, t2_s=10.0, t1_s=15.0)
    for number in range(12):
        session.receive(information(number, 0, ASDU), 0.0)
    session.tick(14.0)
    session.send(ASDU, 14.0)
    assert session.take_output() == information(0, 0, ASDU)  # N(R) is still 0
    session.receive(supervisory(1), 14.5)
    session.acknowledge(12, 19.0)
    assert session.take_output() == supervisory(12)  # late: at once


def test_acknowledgement_rides_on_the_next_frame() -> None:
    session = controlled()
    session.receive(information(0, 0, ASDU), 0.0)
    session.acknowledge(1, 0.0)
    session.send(ASDU, 0.0)
    assert session.take_output() == information(0, 1, ASDU)
    session.tick(12.0)
    assert session.take_output() == b""


def test_idle_link_is_tested_after_t3_and_closed_after_t1() -> None:
    session = controlled(t3_s=20.0, t1_s=15.0)
    assert session.next_deadline_s() == 20.0
    session.tick(20.0)
    assert session.take_output() == unnumbered(Function.TESTFR_ACT)
    assert session.next_deadline_s() == 35.0
    session.receive(unnumbered(Function.TESTFR_CON), 21.0)
    assert session.next_deadline_s() == 41.0
    session.tick(41.0)
    with pytest.raises(RemoteProtocolError, match=r"TESTFR_CON within t1"):
        session.tick(56.0)
    with pytest.raises(RemoteProtocolError):
        session.receive(unnumbered(Function.TESTFR_CON), 56.0)


def test_unacknowledged_frame_closes_the_link_after_t1() -> None:
    session = controlled(t1_s=15.0)
    session.send(ASDU, 1.0)
    session.send(ASDU, 4.0)
    session.receive(supervisory(1), 15.0)
    assert session.next_deadline_s() == 19.0
    session.tick(18.9)
    with pytest.raises(RemoteProtocolError, match="I frames"):
        session.tick(19.0)


def test_start_that_is_not_confirmed_closes_the_link() -> None:
    session = Session(Role.CONTROLLING, Parameters(), 0.0)
    session.start(0.0)
    with pytest.raises(RemoteProtocolError, match="STARTDT_CON"):
        session.tick(15.0)


@pytest.mark.parametrize("sent", [1, 2, 32767])
def test_gap_or_repetition_closes_the_link(sent: int) -> None:
    with pytest.raises(RemoteProtocolError, match="lost or repeated"):
        controlled().receive(information(sent, 0, ASDU), 0.0)


def test_acknowledgement_of_the_future_closes_the_link() -> None:
    session = controlled()
    session.send(ASDU, 0.0)
    with pytest.raises(RemoteProtocolError, match="never sent"):
        session.receive(supervisory(2), 0.0)


def test_what_came_before_a_broken_frame_is_delivered() -> None:
    session = controlled()
    frames = session.receive(information(0, 0, ASDU) + b"\x00\x00", 3.0)
    assert [frame.asdu for frame in frames] == [ASDU]
    assert session.next_deadline_s() <= 3.0
    with pytest.raises(RemoteProtocolError, match="0x68"):
        session.tick(3.0)


def test_numbers_roll_over() -> None:
    session, peer = controlled(), controlling()
    for _ in range(40_000):
        session.send(ASDU, 0.0)
        [frame] = peer.receive(session.take_output(), 0.0)
        peer.acknowledge(frame.number, 0.0)
        session.receive(peer.take_output(), 0.0)
    assert session.acknowledged >= 40_000 - 8


@pytest.mark.parametrize(
    "octets",
    [
        "6903", "6800", "6803430000", "68fe", "680407000001", "680443000100", "68040f000000", "680405000000",
        "680401010000", "6805070000 0000", "680a000001006401060001000000",
    ],
)  # fmt: skip
def test_malformed_frames_close_the_link(octets: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Session(Role.CONTROLLED, Parameters(), 0.0).receive(bytes.fromhex(octets), 0.0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=40))
def test_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    frames = [information(number, 7, ASDU) for number in range(10)] + [supervisory(3), STARTED]
    stream, splitter, found = b"".join(frames), Splitter(), []
    for cut in [*cuts, len(stream)]:
        found += list(splitter.feed(stream[:cut]))
        stream = stream[cut:]
    assert len(found) == len(frames)


def test_parameters_are_checked() -> None:
    for wrong in ({"k": 0}, {"w": 40_000}, {"t2_s": 15.0}, {"t3_s": 0.0}):
        with pytest.raises(LocalProtocolError):
            Parameters(**wrong)  # type: ignore[arg-type]
