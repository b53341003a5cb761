"""The link layer of IEC 60870-5-104 as a pure state machine: octets and time in, ASDUs and octets out; either role.

The caller decides when received I frames are acknowledged: only those that `acknowledge` has released are confirmed by
N(R), so a peer keeps its events until ours are safely stored. If that takes long, its window simply closes.
Numbers of frames count from 0 for the life of the connection; the modulus appears on the wire alone.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from models.errors import LocalProtocolError, RemoteProtocolError
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function, Information, Supervisory
from protocols.iec104.link.closing import Closing, ClosingError

LARGEST_WINDOW = 32767
"""Frames that the numbers of 15 bits can tell apart."""


class Role(Enum):
    CONTROLLING = "controlling station"  # the control centre: connects, starts data transfer
    CONTROLLED = "controlled station"  # the RTU: listens


class State(Enum):
    STOPPED = "stopped"
    STARTING = "starting"  # STARTDT act sent
    STARTED = "started"
    STOPPING = "stopping"  # STOPDT act sent; or received, while sent I frames are not acknowledged yet
    CLOSED = "closed"


class Input(Enum):
    """What moves the state: a request of our own side, a frame of the peer's, or the last acknowledgement."""

    START = "start"
    STOP = "stop"
    STARTDT_ACT = "STARTDT act"
    STARTDT_CON = "STARTDT con"
    STOPDT_ACT = "STOPDT act"
    STOPDT_CON = "STOPDT con"
    I_FRAME = "I frame"
    ALL_ACKNOWLEDGED = "everything sent is acknowledged"


TRANSITIONS: dict[tuple[Role, State, Input], State] = {
    (Role.CONTROLLING, State.STOPPED, Input.START): State.STARTING,
    (Role.CONTROLLING, State.STARTING, Input.STARTDT_CON): State.STARTED,
    (Role.CONTROLLING, State.STARTED, Input.I_FRAME): State.STARTED,
    (Role.CONTROLLING, State.STARTED, Input.STOP): State.STOPPING,
    (Role.CONTROLLING, State.STOPPING, Input.I_FRAME): State.STOPPING,
    (Role.CONTROLLING, State.STOPPING, Input.STOPDT_CON): State.STOPPED,
    (Role.CONTROLLED, State.STOPPED, Input.STARTDT_ACT): State.STARTED,
    (Role.CONTROLLED, State.STOPPED, Input.STOPDT_ACT): State.STOPPING,
    (Role.CONTROLLED, State.STARTED, Input.STARTDT_ACT): State.STARTED,
    (Role.CONTROLLED, State.STARTED, Input.I_FRAME): State.STARTED,
    (Role.CONTROLLED, State.STARTED, Input.STOPDT_ACT): State.STOPPING,
    (Role.CONTROLLED, State.STOPPING, Input.STOPDT_ACT): State.STOPPING,
    (Role.CONTROLLED, State.STOPPING, Input.ALL_ACKNOWLEDGED): State.STOPPED,
}
"""What is not here breaks the protocol. S frames and TESTFR are allowed in every state and change none."""

_INPUTS: dict[Function, Input] = {
    Function.STARTDT_ACT: Input.STARTDT_ACT,
    Function.STARTDT_CON: Input.STARTDT_CON,
    Function.STOPDT_ACT: Input.STOPDT_ACT,
    Function.STOPDT_CON: Input.STOPDT_CON,
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """k, w and the timers of IEC 60870-5-104 9.6, with the standard's own values. t0 belongs to who connects."""

    k: int = 12
    w: int = 8
    t0_s: float = 30.0
    t1_s: float = 15.0
    t2_s: float = 10.0
    t3_s: float = 20.0

    def __post_init__(self) -> None:
        if not (1 <= self.k <= LARGEST_WINDOW and 1 <= self.w <= LARGEST_WINDOW):
            raise LocalProtocolError(
                f"k = {self.k}, w = {self.w}: 1..{LARGEST_WINDOW} is allowed, w at most two thirds of k"
            )
        if not (0 < self.t2_s < self.t1_s and self.t0_s > 0 and self.t3_s > 0):
            raise LocalProtocolError(f"t1 = {self.t1_s} s, t2 = {self.t2_s} s: t2 is shorter than t1, all positive")


class Received(NamedTuple):
    """An I frame: its number is what `acknowledge` takes (this frame and all before it), and its ASDU."""

    number: int
    asdu: bytes


class Session:
    """One connection. All times are monotonic seconds of the caller's clock."""

    def __init__(self, role: Role, parameters: Parameters, now_s: float) -> None:
        self.role, self.parameters, self.state = role, parameters, State.STOPPED
        self.sent = self.acknowledged = 0  # our I frames: sent, and of these acknowledged by the peer
        self.received = 0  # the peer's I frames
        self.tests = 0  # TESTFR act sent
        self.windows_closed = 0  # how often k frames were unacknowledged, so that nothing could be sent
        self._released = self._confirmed = 0  # of these: what the caller released, what N(R) has told the peer
        self._sent_at_s: deque[float] = deque()  # of our frames that are not acknowledged
        self._arrived_at_s: deque[float] = deque()  # of the peer's frames that are not confirmed
        self._awaited: dict[Function, float] = {}  # confirmation -> when t1 expires
        self._heard_at_s = now_s
        self._splitter = apci.Splitter()
        self._output: list[bytes] = []
        self._failure: RemoteProtocolError | None = None

    @property
    def room(self) -> int:
        """How many I frames may be sent now: k less those that the peer has not acknowledged."""
        if self.state is not State.STARTED:
            return 0
        return self.parameters.k - (self.sent - self.acknowledged)

    def counters(self) -> dict[str, int]:
        """What this connection has done so far, by speaking name."""
        return {
            "frames sent": self.sent,
            "frames received": self.received,
            "send window closed": self.windows_closed,
            "tests of the connection": self.tests,
        }

    def start(self, now_s: float) -> None:
        """Controlling station: ask for data transfer."""
        self._enter(Input.START)
        self._ask(Function.STARTDT_ACT, Function.STARTDT_CON, now_s)

    def stop(self, now_s: float) -> None:
        """Controlling station: end data transfer."""
        self._enter(Input.STOP)
        self._confirm()
        self._ask(Function.STOPDT_ACT, Function.STOPDT_CON, now_s)

    def send(self, asdu: bytes, now_s: float) -> int:
        """Put one ASDU on its way; the number is reached by `acknowledged` once the peer has it.

        LocalProtocolError when there is no room.
        """
        if self.room <= 0:
            raise LocalProtocolError(f"no I frame may be sent now ({self.state.value}); look at room first")
        self._output.append(apci.information(self.sent, self._released, asdu))
        self._note_confirmed()
        self._sent_at_s.append(now_s)
        self.sent += 1
        if self.sent - self.acknowledged >= self.parameters.k:
            self.windows_closed += 1
        return self.sent

    def acknowledge(self, number: int, now_s: float) -> None:
        """Received frames up to this number are safe with us; the peer is told by w, by t2 or by our next I frame."""
        if number > self.received:
            raise LocalProtocolError(f"frame {number} was not received, the last is {self.received}")
        self._released = max(self._released, number)
        self._confirm_if_due(now_s)

    def receive(self, data: bytes, now_s: float) -> list[Received]:
        """I frames in order. RemoteProtocolError when the peer breaks the protocol: at once if nothing came before it
        in `data`, else at the next call of `receive` or `tick`, which is then due at once.
        """
        self._raise_failure()
        frames: list[Received] = []
        try:
            for apdu in self._splitter.feed(data):
                self._heard_at_s = now_s  # a whole frame: octets that never become one keep no link open
                self._take(apdu, now_s, frames)
        except RemoteProtocolError as error:
            self.state, self._failure = State.CLOSED, error
            if not frames:
                raise
        return frames

    def next_deadline_s(self) -> float:
        """When `tick` has something to do at the latest."""
        if self._failure is not None:
            return -math.inf
        parameters = self.parameters
        deadlines = list(self._awaited.values())
        if Function.TESTFR_CON not in self._awaited:
            deadlines.append(self._heard_at_s + parameters.t3_s)
        if self._sent_at_s:
            deadlines.append(self._sent_at_s[0] + parameters.t1_s)
        if self._released > self._confirmed:
            deadlines.append(self._arrived_at_s[0] + parameters.t2_s)
        return min(deadlines)

    def tick(self, now_s: float) -> None:
        """Do what is due. RemoteProtocolError when t1 has expired."""
        self._raise_failure()
        self._check_t1(now_s)
        self._confirm_if_due(now_s)
        if Function.TESTFR_CON not in self._awaited and now_s >= self._heard_at_s + self.parameters.t3_s:
            self._ask(Function.TESTFR_ACT, Function.TESTFR_CON, now_s)
            self.tests += 1

    def take_output(self) -> bytes:
        """Octets for the wire, once."""
        octets = b"".join(self._output)
        self._output.clear()
        return octets

    def _take(self, apdu: apci.Apdu, now_s: float, frames: list[Received]) -> None:
        if isinstance(apdu, Information):
            self._take_information(apdu, now_s)
            frames.append(Received(self.received, apdu.asdu))
        elif isinstance(apdu, Supervisory):
            self._take_acknowledgement(apdu.received)
        else:
            self._take_function(apdu.function)

    def _take_information(self, frame: Information, now_s: float) -> None:
        self._enter_remote(Input.I_FRAME)
        if apci.ahead(frame.sent, self.received) != 0:
            raise ClosingError(
                Closing.SEND_NUMBER,
                f"I frame {frame.sent} instead of {self.received % 32768}: a frame was lost or repeated, link closed",
            )
        self._take_acknowledgement(frame.received)
        self.received += 1
        self._arrived_at_s.append(now_s)

    def _take_acknowledgement(self, number: int) -> None:
        count = apci.ahead(number, self.acknowledged)
        if count > self.sent - self.acknowledged:
            raise ClosingError(Closing.RECEIVE_NUMBER, f"N(R) {number} acknowledges what was never sent: link closed")
        for _ in range(count):
            self._sent_at_s.popleft()
        self.acknowledged += count
        self._finish_stop()

    def _take_function(self, function: Function) -> None:
        if function is Function.TESTFR_ACT:
            self._output.append(apci.unnumbered(Function.TESTFR_CON))
            return
        self._awaited.pop(function, None)
        if function is Function.TESTFR_CON:
            return
        self._enter_remote(_INPUTS[function])
        if function is Function.STARTDT_ACT:
            self._output.append(apci.unnumbered(Function.STARTDT_CON))
        elif function is Function.STOPDT_ACT:
            self._confirm()
            self._finish_stop()

    def _finish_stop(self) -> None:
        """Controlled station: STOPDT con is sent once everything that was sent is acknowledged."""
        if self.role is Role.CONTROLLED and self.state is State.STOPPING and self.acknowledged == self.sent:
            self._enter(Input.ALL_ACKNOWLEDGED)
            self._output.append(apci.unnumbered(Function.STOPDT_CON))

    def _ask(self, function: Function, answer: Function, now_s: float) -> None:
        self._output.append(apci.unnumbered(function))
        self._awaited[answer] = now_s + self.parameters.t1_s

    def _enter(self, happened: Input) -> None:
        state = TRANSITIONS.get((self.role, self.state, happened))
        if state is None:
            raise LocalProtocolError(f"{self.role.value}: {happened.value} while {self.state.value}")
        self.state = state

    def _enter_remote(self, happened: Input) -> None:
        state = TRANSITIONS.get((self.role, self.state, happened))
        if state is None:
            raise ClosingError(
                Closing.STATE,
                f"{happened.value} for a {self.role.value} that is {self.state.value}: link closed",
            )
        self.state = state

    def _confirm_if_due(self, now_s: float) -> None:
        waiting = self._released - self._confirmed
        if waiting >= self.parameters.w or (waiting and now_s >= self._arrived_at_s[0] + self.parameters.t2_s):
            self._confirm()

    def _confirm(self) -> None:
        if self._released > self._confirmed:
            self._output.append(apci.supervisory(self._released))
            self._note_confirmed()

    def _note_confirmed(self) -> None:
        for _ in range(self._released - self._confirmed):
            self._arrived_at_s.popleft()
        self._confirmed = self._released

    def _check_t1(self, now_s: float) -> None:
        late = [answer.name for answer, deadline_s in self._awaited.items() if now_s >= deadline_s]
        closing = Closing.NO_CONFIRMATION
        if self._sent_at_s and now_s >= self._sent_at_s[0] + self.parameters.t1_s:
            late.append("acknowledgement of I frames")
            closing = Closing.NO_ACKNOWLEDGEMENT
        if late:
            self.state = State.CLOSED
            self._failure = ClosingError(
                closing, f"no {', '.join(late)} within t1 = {self.parameters.t1_s} s: link closed"
            )
            raise self._failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
