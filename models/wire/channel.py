"""The two directions of a session: numbers and signs what leaves, checks what arrives."""

from __future__ import annotations

from models.errors import RemoteProtocolError
from models.wire.cose import Signer, Verifier
from models.wire.envelope import Envelope, check_time, encoded, envelope_of
from models.wire.keys import SigningKey, VerifyKey
from models.wire.messages import Goodbye, Message


class Channel:
    """Both roles use it. send_next, receive_next: the sequence numbers that come next in each direction."""

    def __init__(
        self, key: SigningKey, peer: VerifyKey, session: bytes, *, send_next: int = 0, receive_next: int = 0
    ) -> None:
        self._signer, self._verifier, self._session = Signer(key), Verifier(peer), session
        self._send_next, self._receive_next = send_next, receive_next

    def restart_sending(self, first: int) -> None:
        """The server has told where this client's numbers start."""
        self._send_next = first

    def restart_receiving(self, first: int) -> None:
        """The server has reserved (on disk) this block of the client's numbers."""
        self._receive_next = first

    def seal(self, messages: tuple[Message, ...], now_ns: int) -> bytes:
        """One signed frame; LocalProtocolError when a message holds what cannot travel (no number is used up)."""
        frame = self._signer.sign(encoded(Envelope(self._session, self._send_next, now_ns, messages)))
        self._send_next += 1
        return frame

    def open(self, frame: bytes, now_ns: int) -> tuple[Message, ...]:
        """The verified messages; RemoteProtocolError for another key or session, a replay, a gap, a wrong clock."""
        envelope = envelope_of(self._verifier.payload(frame))
        if self._is_early_goodbye(envelope):
            return envelope.messages
        if envelope.session != self._session:
            raise RemoteProtocolError("the message belongs to another session: a replay is refused")
        if envelope.sequence != self._receive_next:
            raise RemoteProtocolError(
                f"sequence number {envelope.sequence} where {self._receive_next} is next: replayed, or one was lost"
            )
        check_time(envelope, now_ns)
        self._receive_next += 1
        return envelope.messages

    def _is_early_goodbye(self, envelope: Envelope) -> bool:
        """A server that refuses a login has no session yet; who could replay this could as well cut the link."""
        return self._receive_next == 0 and envelope.session == b"" and isinstance(envelope.message, Goodbye)
