"""The pool of arithmetic processes: one for all units, or all meters, of a process. The event loop never calculates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType

from models.errors import LinkError, RemoteProtocolError, RingmainError
from models.privacy import cipher
from models.privacy.sum_key import PrivateSumKey, PublicSumKey
from models.wire.cbor import WireValue
from protocols.arithmetic.message import ERRORS, OK, Work, from_body, to_frame
from protocols.arithmetic.process import WorkerProcess

log = logging.getLogger("ringmain.arithmetic")

TIMEOUT_S = 60.0
MOST_WAITING = 256
"""Jobs beyond that are refused at once: whoever asks comes again in the next period."""
FEW = 100
"""Ciphertexts that are added in 10 ms."""
TRIES = 2
"""A job whose process died is given to a new one, once."""


class ArithmeticFailedError(RingmainError):
    """The job was not done: too many wait, it was late, or the processes die of it."""


class Arithmetic:
    """`async with Arithmetic() as arithmetic`. No process before the first job. niceness: 0 to 19, as nice(1)."""

    def __init__(self, workers: int = 1, niceness: int = 5, timeout_s: float = TIMEOUT_S) -> None:
        self._workers = [WorkerProcess(niceness) for _ in range(workers)]
        self._idle = list(self._workers)
        self._free = asyncio.Semaphore(workers)
        self._timeout_s = timeout_s
        self._waiting = 0

    async def __aenter__(self) -> Arithmetic:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            await worker.end()

    @property
    def process_ids(self) -> list[int]:
        """Of the processes that are there now."""
        return [worker.process_id for worker in self._workers if worker.process_id is not None]

    async def noise(self, key: PublicSumKey, count: int) -> list[bytes]:
        """See models.privacy.cipher.noise; 30 ms each. ArithmeticFailedError."""
        made = await self._do(Work.NOISE, [key.to_octets(), count])
        return [item for item in made if isinstance(item, bytes)] if isinstance(made, list) else []

    async def add(self, key: PublicSumKey, ciphers: Sequence[bytes]) -> bytes:
        """See models.privacy.cipher.add. RemoteProtocolError for what is no ciphertext; ArithmeticFailedError.

        FEW are added in a thread of this process: that costs less than another process, and its memory, would.
        """
        if len(ciphers) <= FEW:
            return await asyncio.to_thread(cipher.add, key, ciphers)
        total = await self._do(Work.ADD, [key.to_octets(), list(ciphers)])
        if not isinstance(total, bytes):
            raise ArithmeticFailedError("no sum came back")
        return total

    async def decrypt(self, key: PrivateSumKey, total: bytes, participants: int) -> int:
        """Wh. See models.privacy.cipher.decrypt for its errors; ArithmeticFailedError."""
        energy_wh = await self._do(Work.DECRYPT, [key.to_octets(), total, participants])
        if not isinstance(energy_wh, int):
            raise ArithmeticFailedError("no energy came back")
        return energy_wh

    async def _do(self, work: Work, arguments: list[WireValue]) -> WireValue:
        if self._waiting >= MOST_WAITING:
            raise ArithmeticFailedError(f"{MOST_WAITING} jobs wait for the arithmetic already; try again later")
        self._waiting += 1
        try:
            async with self._free:
                worker = self._idle.pop()
                try:
                    return await self._tried(worker, to_frame([work.value, arguments]), work)
                finally:
                    self._idle.append(worker)
        finally:
            self._waiting -= 1

    async def _tried(self, worker: WorkerProcess, frame: bytes, work: Work) -> WireValue:
        problem = ""
        for _ in range(TRIES):
            try:
                return _result(await worker.call(frame, self._timeout_s))
            except TimeoutError as error:
                raise ArithmeticFailedError(f"{work.value} was not done within {self._timeout_s:g} s") from error
            except LinkError as error:
                problem = str(error)
                log.warning("%s: %s; a new one takes its place", work.value, error)
        raise ArithmeticFailedError(f"{work.value} failed {TRIES} times: {problem}")


def _result(body: bytes) -> WireValue:
    outcome, result = from_body(body)
    if outcome == OK:
        return result
    kind = ERRORS.get(str(outcome))
    if kind is None:
        raise RemoteProtocolError(f"an arithmetic process answers {outcome!r}")
    raise kind(str(result))
