"""A model behind a real MMS server, fed from an event loop that never waits for it.

The server has threads of its own, and writing to a client that does not read can block. So the event loop never calls
it: a worker thread takes values from a mailbox, where events keep their order and measurands their latest value.
Questions come the other way: the server's thread asks the loop and waits for the answer.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from models.errors import LinkError, RingmainError
from models.point import PointName
from sim_ied.board import Change
from sim_ied.mailbox import Mailbox
from sim_ied.mms.files import DeviceFiles, FileService
from sim_ied.mms.model_file import BuiltModel
from sim_ied.mms.server import Secure, Server
from sim_ied.mms.spot import Spot
from sim_ied.mms.substitution import Substitution
from sim_ied.world import Completion

logger = logging.getLogger(__name__)

T = TypeVar("T")

_ANSWER_S = 5.0


class Host:
    """One device. spot_of: where a point stands in the model, None for nowhere; equip: called with each new server
    before it serves.
    """

    def __init__(
        self,
        name: str,
        built: BuiltModel,
        spot_of: Callable[[PointName], Spot | None],
        reference_of: Callable[[PointName], str],
        equip: Callable[[Server], None],
    ) -> None:
        self.name = name
        self.model = built.model
        self.mailbox = Mailbox()
        self.files = DeviceFiles()
        self._policy = built.policy
        self._substitution = Substitution(built.model)
        self._spot_of, self._reference_of, self._equip = spot_of, reference_of, equip
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None
        self._worker: threading.Thread | None = None

    async def open(self, host: str, port: int, secure: Secure | None = None) -> int:
        """Serve; port 0 takes a free one. Returns the port. LinkError when the address cannot be used."""
        self._loop = asyncio.get_running_loop()
        server = Server(
            self.model,
            host,
            port,
            secure=secure,
            policy=self._policy,
            equip=self._equip,
            substitution=self._substitution,
        )
        FileService(self.files).attach(server)
        try:
            server.start()
        except OSError as error:
            raise LinkError(f"MMS cannot listen on {host}:{port}: {error}; choose another address") from error
        self._server = server
        self.mailbox.reopen()
        self._worker = threading.Thread(target=self._work, args=(self.mailbox,), name=f"ied-{self.name}", daemon=True)
        self._worker.start()
        return int(server.port)

    def freeze(self, frozen: bool) -> None:
        """A hung device: its connections stay open, nothing is answered or sent."""
        self.mailbox.freeze(frozen)

    async def close(self) -> None:
        """Stop serving and close every connection; `open` may follow."""
        self.mailbox.stop()
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(server.stop)
        if self._worker is not None:
            await asyncio.to_thread(self._worker.join, _ANSWER_S)

    def ask(self, question: Callable[[], T]) -> T:
        """For a server thread: the loop's answer. TimeoutError when none comes, and none ever does then."""
        answer: Future[T] = Future()
        if self._loop is None:
            raise LinkError(f"{self.name} is not served")
        self._loop.call_soon_threadsafe(_answer, answer, question)
        try:
            return answer.result(_ANSWER_S)
        except TimeoutError:
            if answer.cancel():
                raise
            return answer.result()  # it is being answered at this very moment

    def _work(self, mailbox: Mailbox) -> None:
        """The worker thread: each event is a report entry of its own, measurands of one turn share one."""
        while (letters := mailbox.take()) is not None:
            for change in letters.events:
                with self.model.batch():
                    self.put(change)
            with self.model.batch():
                for change in letters.measurands:
                    self.put(change)
            for completion in letters.completions:
                self._finish(completion)
            if letters.freeze:
                with self.model.lock:  # every read, write and report of the server needs it
                    mailbox.wait_for_thaw()

    def put(self, change: Change) -> None:
        """Write a value into the model now; before the device is opened this makes no event."""
        held = self._substitution.holds if self._substitution.active else None
        spot = self._spot_of(change.point)
        try:
            if spot is not None:
                spot.write(self.model, change, held)
        except (TypeError, ValueError, OverflowError) as error:
            logger.error("%s: %s does not take %r: %s", self.name, change.point, change.value, error)

    def _finish(self, completion: Completion) -> None:
        if self._server is not None and self._server.controls is not None:
            cause = None if completion.accepted else int(completion.add_cause)
            self._server.controls.finish(self._reference_of(completion.point), cause)


def _answer(answer: Future[T], question: Callable[[], T]) -> None:
    """On the loop. A failure of ours belongs to the thread that asked; if that has given up, nothing is done."""
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(question())
    except RingmainError as error:
        answer.set_exception(error)
