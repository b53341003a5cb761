"""Two sessions over a pipe that delays and cuts as it likes, but neither loses nor changes an octet (which is TCP).

Whatever happens, each end gets a prefix of what the other sent, in order, once; windows hold; nobody closes for the
other's fault; and what is acknowledged was received and released.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.errors import RemoteProtocolError
from protocols.iec104.link.session import Parameters, Role, Session, State


class End:
    """One session, what it sent and got, and its pipe to the other end."""

    def __init__(self, role: Role, parameters: Parameters, now_s: float) -> None:
        self.session = Session(role, parameters, now_s)
        self.sent: list[bytes] = []
        self.got: list[bytes] = []
        self.pipe = b""
        self.released = 0
        self.most = parameters.k


class Pair(RuleBasedStateMachine):
    @initialize(k=st.integers(1, 14), w=st.integers(1, 20), t3_s=st.sampled_from([0.5, 3.0, 20.0]))
    def connect(self, k: int, w: int, t3_s: float) -> None:
        self.parameters = Parameters(k=k, w=w, t1_s=4.0, t2_s=1.5, t3_s=t3_s)
        self.now_s, self.number = 0.0, 0
        self.reconnect()

    def reconnect(self) -> None:
        roles = (Role.CONTROLLING, Role.CONTROLLED)
        self.ends = [End(role, self.parameters, self.now_s) for role in roles]
        self.start()

    def flush(self) -> None:
        for end in self.ends:
            end.pipe += end.session.take_output()

    def carry(self, side: int, octets: int) -> None:
        """The first octets of a pipe arrive at the other end."""
        source, target = self.ends[side], self.ends[1 - side]
        chunk, source.pipe = source.pipe[:octets], source.pipe[octets:]
        if chunk:
            for number, asdu in target.session.receive(chunk, self.now_s):
                assert number == len(target.got) + 1
                target.got.append(asdu)

    @rule(side=st.integers(0, 1), count=st.integers(1, 30))
    def send(self, side: int, count: int) -> None:
        end = self.ends[side]
        for _ in range(min(count, end.session.room)):
            self.number += 1
            asdu = self.number.to_bytes(6, "big")
            end.sent.append(asdu)
            assert end.session.send(asdu, self.now_s) == len(end.sent)
        self.flush()

    @rule(side=st.integers(0, 1), octets=st.integers(1, 400))
    def deliver(self, side: int, octets: int) -> None:
        self.carry(side, octets)
        self.flush()

    @rule(side=st.integers(0, 1), count=st.integers(1, 20))
    def release(self, side: int, count: int) -> None:
        """History has stored some of what came."""
        end = self.ends[side]
        end.released = min(len(end.got), end.released + count)
        end.session.acknowledge(end.released, self.now_s)
        self.flush()

    @rule(seconds=st.sampled_from([0.1, 0.7, 1.4]))
    def wait(self, seconds: float) -> None:
        """Less than t1 in one go. Octets under way arrive at once, all is stored, timers are kept."""
        self.settle()
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            due_s = min(end.session.next_deadline_s() for end in self.ends)
            self.now_s = min(until_s, max(due_s, self.now_s + 0.01))
            for _ in range(3):
                self.settle()

    def settle(self) -> None:
        for side in (0, 1):
            self.carry(side, len(self.ends[side].pipe))
        for end in self.ends:
            end.released = len(end.got)
            end.session.acknowledge(end.released, self.now_s)
            end.session.tick(self.now_s)
        self.flush()

    @precondition(lambda self: self.ends[0].session.state is State.STARTED)
    @rule()
    def stop(self) -> None:
        self.ends[0].session.stop(self.now_s)
        self.flush()

    @precondition(lambda self: self.ends[0].session.state is State.STOPPED)
    @rule()
    def start(self) -> None:
        self.ends[0].session.start(self.now_s)
        self.flush()
        for side in (0, 1):
            self.carry(side, len(self.ends[side].pipe))
            self.flush()

    @precondition(lambda self: any(len(end.got) > 5 for end in self.ends))
    @rule(side=st.integers(0, 1))
    def kill(self, side: int) -> None:
        """One end dies: the other finds out by its own timers, within t3 + t1 and the time of its own frames."""
        survivor = self.ends[1 - side].session
        give_up_s = self.now_s + survivor.parameters.t3_s + 2 * survivor.parameters.t1_s + 1.0
        with pytest.raises(RemoteProtocolError, match="within t1"):
            self.live_on(survivor, give_up_s)
        self.reconnect()

    def live_on(self, survivor: Session, until_s: float) -> None:
        while self.now_s < until_s:
            self.now_s += 0.25
            survivor.tick(self.now_s)
            survivor.take_output()

    @invariant()
    def what_arrived_is_what_was_sent(self) -> None:
        if not hasattr(self, "ends"):
            return
        one, other = self.ends
        for source, target in ((one, other), (other, one)):
            assert target.got == source.sent[: len(target.got)]
            assert source.session.acknowledged <= target.released <= len(target.got)
            assert source.session.sent - source.session.acknowledged <= source.most
            assert source.session.room <= source.most


Pair.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestPair = Pair.TestCase


def test_sequence_numbers_wrap_under_load() -> None:
    """Some 70,000 frames each way: every number of 15 bits twice over, with the window full most of the time."""
    parameters = Parameters(k=12, w=8)
    one, other = Session(Role.CONTROLLING, parameters, 0.0), Session(Role.CONTROLLED, parameters, 0.0)
    one.start(0.0)
    got = [0, 0]
    while min(got) < 70_000:
        for side, (source, target) in enumerate(((one, other), (other, one))):
            for _ in range(source.room):
                source.send(b"123456", 0.0)
            frames = target.receive(source.take_output(), 0.0)
            got[side] += len(frames)
            if frames:
                target.acknowledge(frames[-1].number, 0.0)
    assert one.state is other.state is State.STARTED
    assert min(one.acknowledged, other.acknowledged) > 69_000
