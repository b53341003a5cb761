"""A unit's connection to its NATS server: it signs in with its own key, and connects again for ever.

The only module that imports nats-py: the library of one engine is not loaded for the other.
"""

from __future__ import annotations

import base64
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from models.errors import LinkError, words_of
from models.wire.keys import SigningKey
from substation.links import nats_names

RECONNECT_S = 1
REQUEST_S = 5.0
DUPLICATES_S = 120.0
MAX_BATCHES = 1000
"""In one stream; the sender has them on disk until the receiver's receipt, so the oldest may go."""
ACK_S, MAX_UNDER_WAY = 10.0, 16
"""A receiver that died with a batch in hand gets it again after that time; others need not wait for it."""
Heard = Callable[[str, bytes], Awaitable[None]]
"""(subject, frame)."""


class _SignedIn(Client):
    """nats-py takes NKEY seeds through a further library only; the key that we have signs as well."""

    def __init__(self, key: SigningKey) -> None:
        super().__init__()
        self._public_nkey = nats_names.nkey_of(key.public)


class NatsClient:
    """`await connect`, then the rest; all errors of the library come as LinkError."""

    def __init__(self, unit: str, url: str, key: SigningKey, ca: Path | None) -> None:
        self._unit, self._url, self._key, self._ca = unit, url, key, ca
        self._client = _SignedIn(key)

    async def connect(self, changed: Callable[[bool], None]) -> None:
        """changed: told that the server was lost, or is there again. LinkError when it cannot be reached now."""

        async def lost() -> None:
            changed(False)

        async def found() -> None:
            changed(True)

        async def quiet(_error: Exception) -> None:
            """What matters is told by `changed`; the library prints otherwise."""

        try:
            await self._client.connect(
                self._url,
                name=self._unit,
                error_cb=quiet,
                disconnected_cb=lost,
                reconnected_cb=found,
                max_reconnect_attempts=-1,
                reconnect_time_wait=RECONNECT_S,
                allow_reconnect=True,
                connect_timeout=5,
                ping_interval=10,
                inbox_prefix=nats_names.inbox(self._unit),
                signature_cb=lambda nonce: base64.b64encode(self._key.sign(nonce.encode())),
                tls=None if self._ca is None else ssl.create_default_context(cafile=str(self._ca)),
            )
        except (nats.errors.Error, OSError, ValueError) as error:
            await self.close()
            raise LinkError(f"{self._url}: {words_of(error)}") from error

    async def close(self) -> None:
        with contextlib.suppress(nats.errors.Error, OSError):  # it may be gone already
            await self._client.close()

    async def listen(self, subject: str, heard: Heard) -> None:
        async def take(message: Msg) -> None:
            await heard(message.subject, message.data)

        with _told():
            await self._client.subscribe(subject, cb=take)

    async def say(self, subject: str, frame: bytes) -> None:
        """Not kept anywhere: it arrives at once or not at all."""
        if not self._client.is_connected:
            raise LinkError(f"no connection to {self._url}")
        with _told():
            await self._client.publish(subject, frame)

    def stream(self, receiver: str, sender: str, domain: str) -> NatsStream:
        """domain: JetStream domain of the server that has it; '' for the one we are connected to."""
        context = self._client.jetstream(timeout=REQUEST_S, **({"domain": domain} if domain else {}))
        return NatsStream(context, receiver, sender)


class NatsStream:
    """Batches of one direction, on the server's disk (`sync_interval: always`)."""

    def __init__(self, context: JetStreamContext, receiver: str, sender: str) -> None:
        self._context, self._receiver, self._sender = context, receiver, sender
        self._name, self._subject = nats_names.stream(receiver, sender), nats_names.parcels(receiver, sender)

    async def prepare(self) -> None:
        """Make it where it is not; harmless otherwise."""
        config = StreamConfig(
            name=self._name,
            subjects=[self._subject],
            retention=RetentionPolicy.WORK_QUEUE,
            storage=StorageType.FILE,
            max_msgs=MAX_BATCHES,
            discard=DiscardPolicy.OLD,
            duplicate_window=DUPLICATES_S,
        )
        with _told():
            await self._context.add_stream(config)

    async def publish(self, frame: bytes, identifier: str) -> None:
        """On the server's disk when it returns; of one identifier only once."""
        with _told():
            await self._context.publish(self._subject, frame, headers={"Nats-Msg-Id": identifier})

    async def take(self, used: Callable[[bytes], Awaitable[bool]], wait_s: float) -> None:
        """Hand batches to `used` until cancelled; one that it does not take (False) comes again.

        LinkError when the server fails.
        """
        config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_S, max_ack_pending=MAX_UNDER_WAY)
        with _told():
            consumer = await self._context.pull_subscribe(
                self._subject, durable="receiver", stream=self._name, config=config
            )
            while True:
                try:
                    messages = await consumer.fetch(1, timeout=wait_s)
                except nats.errors.TimeoutError:
                    continue
                for message in messages:
                    await (message.ack() if await used(message.data) else message.nak(delay=1))


class _told:  # noqa: N801 - reads as a statement
    """Errors of the library as one line."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, nats.errors.Error | OSError):
            raise LinkError(f"NATS: {words_of(error)}") from error
