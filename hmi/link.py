"""The link to the unit: a QWebSocket around the sans-IO session of the data interface, with reconnection.

Requests take a callback that is called in the GUI thread. Subscriptions outlive lost links. A link on which nothing has
been heard for `SILENT_S` counts as lost for the eye, although the socket may still be open: old values never look live.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from PyQt6.QtCore import QByteArray, QObject, QUrl, pyqtSignal
from PyQt6.QtNetwork import QAbstractSocket, QSslConfiguration, QSslError
from PyQt6.QtWebSockets import QWebSocket

from hmi.timer import timer
from models.wire.cbor import WireValue
from models.wire.happenings import Answered, Closed, Happening, Notified, Opened, Resumed
from models.wire.instant import Instant
from models.wire.messages import Code, Function
from models.wire.session import ClientSession

TICK_MS = 100
PING_MS = 500
SILENT_S = 1.8  # the unit tells its status every second
GIVE_UP_S = 6.0  # a silent socket is closed and opened anew
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)

AnswerSink = Callable[[Answered], None]
NotifySink = Callable[[Notified], None]


class LinkState(Enum):
    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"  # open, but nothing is heard
    LOST = "lost"


def system_instant() -> Instant:
    return Instant(time.time_ns(), time.monotonic_ns())


class Link(QObject):
    """opened(unit, welcome): logged in. state_changed(state, reason). resumed(id): a subscription is in force again.

    refused(reason): the unit does not accept a subscription.
    """

    opened = pyqtSignal(str, object)
    state_changed = pyqtSignal(object, str)
    resumed = pyqtSignal(int)
    refused = pyqtSignal(str)

    def __init__(
        self,
        url: str,
        session: ClientSession,
        now: Callable[[], Instant] = system_instant,
        parent: QObject | None = None,
        *,
        tls: QSslConfiguration | None = None,
    ) -> None:
        """tls: for a wss address; None there trusts what this machine does."""
        super().__init__(parent)
        self._url, self._session, self._now = QUrl(url), session, now
        self._state = LinkState.CONNECTING
        self._told: tuple[LinkState, str] | None = None
        self._reason = ""  # why we close the socket ourselves
        self._failures = 0
        self._heard_ns = self._heard_utc_ns = 0
        self._answers: dict[int, AnswerSink] = {}
        self._notifies: dict[int, NotifySink] = {}
        self._socket = QWebSocket(parent=self)
        if tls is not None:
            self._socket.setSslConfiguration(tls)
        self._socket.sslErrors.connect(self._mistrusted)
        self._socket.connected.connect(self._connected)
        self._socket.binaryMessageReceived.connect(self._received)
        self._socket.stateChanged.connect(self._socket_changed)
        self._ticker = timer(self, TICK_MS, self._tick)
        self._retry = timer(self, 0, self._connect, once=True)
        self._socket.pong.connect(self._heard)  # not every unit has something to tell every second
        timer(self, PING_MS, self._socket.ping).start()

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def live(self) -> bool:
        """True while what is shown is what the unit says now; nothing may be operated otherwise."""
        return self._state is LinkState.LIVE

    @property
    def heard_utc_ns(self) -> int:
        """When the unit was last heard (UTC ns, this machine's clock); 0: never."""
        return self._heard_utc_ns

    @property
    def age_s(self) -> float:
        """Seconds since the unit was last heard."""
        return (self._now().monotonic_ns - self._heard_ns) / 1e9

    def now(self) -> Instant:
        """The clocks that the session uses."""
        return self._now()

    @property
    def url(self) -> str:
        return self._url.toString()

    def start(self) -> None:
        """Connect, and keep connecting until `stop`."""
        self._ticker.start()
        self._connect()

    def stop(self) -> None:
        self._ticker.stop()
        self._retry.stop()
        self._socket.stateChanged.disconnect(self._socket_changed)
        self._socket.abort()

    # -- requests

    def query(
        self,
        variable: str,
        location: str,
        answered: AnswerSink,
        *,
        condition: str = "",
        function: Function | None = None,
        count: int | None = None,
    ) -> None:
        """Ask once; `answered` is called exactly once, with the instances or with why there are none."""
        identifier = self._session.query(variable, location, condition, function=function, count=count, now=self._now())
        self._answers[identifier] = answered
        self._flush()

    def subscribe(self, variable: str, location: str, notified: NotifySink, *, initial: bool = True) -> int:
        """Subscribe; the result ends it. A refusal is told by the signal `refused`."""
        return self._subscribed(self._session.event(variable, location, initial=initial), notified)

    def periodic(self, variable: str, location: str, period_ms: int, notified: NotifySink) -> int:
        return self._subscribed(self._session.periodic(variable, location, period_ms), notified)

    def unsubscribe(self, subscription: int) -> None:
        """End a subscription; one that has already ended is left alone."""
        if self._notifies.pop(subscription, None) is not None:
            self._session.unsubscribe(subscription, now=self._now())
            self._flush()

    def write(
        self, variable: str, location: str, value: WireValue, answered: AnswerSink, timeout_s: float | None = None
    ) -> None:
        """Write once, never repeated; `answered` is called exactly once, later."""
        identifier = self._session.write(variable, location, value, now=self._now(), timeout_s=timeout_s)
        self._answers[identifier] = answered
        self._flush()

    # -- inside

    def _subscribed(self, identifier: int, notified: NotifySink) -> int:
        self._notifies[identifier] = notified
        self._flush()
        return identifier

    def _connect(self) -> None:
        self._socket.open(self._url)

    def _connected(self) -> None:
        self._session.connected()

    def _received(self, frame: QByteArray) -> None:
        self._handle(self._session.receive(frame.data(), self._now()))
        self._flush()
        self._heard()

    def _heard(self) -> None:
        now = self._now()
        self._heard_ns, self._heard_utc_ns = now.monotonic_ns, now.utc_ns
        if self._state is LinkState.SILENT:
            self._enter(LinkState.LIVE, "")

    def _flush(self) -> None:
        for frame in self._session.outgoing(self._now()):
            self._socket.sendBinaryMessage(QByteArray(frame))

    def _handle(self, happenings: list[Happening]) -> None:
        for happening in happenings:
            match happening:
                case Opened(unit, welcome):
                    self._failures = 0
                    self._enter(LinkState.LIVE, "")
                    self.opened.emit(unit, welcome)
                case Notified(identifier):
                    if identifier in self._notifies:
                        self._notifies[identifier](happening)
                case Answered():
                    self._answered(happening)
                case Resumed(identifier):
                    self.resumed.emit(identifier)
                case Closed(text):
                    self._reason = text
                    self._socket.close()

    def _answered(self, answer: Answered) -> None:
        sink = self._answers.pop(answer.id, None)
        if sink is not None:
            sink(answer)
        elif answer.id in self._notifies and answer.code is not Code.OK:
            del self._notifies[answer.id]
            self.refused.emit(f"{answer.code.value}: {answer.text}")

    def _socket_changed(self, state: QAbstractSocket.SocketState) -> None:
        if state is not QAbstractSocket.SocketState.UnconnectedState:
            return
        reason = self._reason or self._socket.closeReason() or self._socket.errorString()
        self._handle(self._session.disconnected(self._now(), reason))
        self._reason = ""
        self._enter(LinkState.LOST, reason)
        wait_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        if not self._session.is_refused:
            self._retry.start(round(wait_s * 1000))

    def _mistrusted(self, errors: list[QSslError]) -> None:
        """The unit's certificate is not accepted: the socket closes by itself."""
        self._reason = "TLS: " + "; ".join(error.errorString() for error in errors)

    def _tick(self) -> None:
        self._handle(self._session.tick(self._now()))
        if self._state is LinkState.LIVE and self.age_s > SILENT_S:
            self._enter(LinkState.SILENT, f"nothing heard for {SILENT_S:g} s")
        if self._state is LinkState.SILENT and self.age_s > GIVE_UP_S:
            self._reason = f"nothing heard for {GIVE_UP_S:g} s"
            self._socket.abort()

    def _enter(self, state: LinkState, reason: str) -> None:
        self._state = state
        if self._told != (state, reason):
            self._told = (state, reason)
            self.state_changed.emit(state, reason)
