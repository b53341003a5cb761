"""One MMS association: open61850's client, read by the event loop, with its end made visible.

The library reads in a thread of its own, which dies of an error that it does not expect and leaves a client that looks
connected. Here the loop reads the socket when it has something: no thread per link, no hand-over between threads on the
way of a report, and every end, expected or not, closes the association and is told to whoever watches it. Requests
still block; they belong on the link's worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from open61850 import ber
from open61850.ber import BerError
from open61850.mms import InformationReport, MmsClient, MmsConnectionError, MmsError, MmsProtocolError, pdu
from open61850.mms.reference import Name, to_object_name

from protocols.iec61850.access_results import access_results
from protocols.iec61850.assembly import Assembly
from protocols.iec61850.transport import associate

if TYPE_CHECKING:
    from protocols.iec61850.tls import Line

LIBRARY_ERRORS = (
    MmsError,
    BerError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,  # RecursionError, and a loop that closed under a report
)
"""What open61850's decoders can raise on hostile bytes; the first three are meant, the others happen."""

_SENT_AWAY = ("closed while", "closed before", "closed during", "reset by peer", "aborted by", "rejected")
_PERHAPS = "the device takes no further association, or none from this address"
_RESULTS = 0xA1  # listOfAccessResult of a Read response
_CONCLUDE = b"\x8b"
"""A device may conclude, too (ISO 9506-2); the library knows the clients' alone."""
_READ = 1 << 16
"""Octets of one read: what one link may occupy the loop with before it is another's turn."""

TakeReports = Callable[[list[bytes]], list[bytes]]
"""Takes the messages of one read, gives back those that are no reports."""


def _none_taken(messages: list[bytes]) -> list[bytes]:
    return messages


class Association(MmsClient):
    """An association that ends once and says why. Its calls block: they belong on the link's worker."""

    _on_end: Callable[[str], None] | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _descriptor = -1
    _resting: asyncio.TimerHandle | None = None

    @classmethod
    def open(
        cls,
        host: str,
        port: int,
        timeout_s: float,
        on_report: Callable[[InformationReport], None],
        line: Line | None = None,
    ) -> Association:
        """Connect TCP (or take the line of TLS), COTP and MMS; raises one of LIBRARY_ERRORS.

        Nothing is received before `receive`.
        """
        try:
            if line is not None:
                return associate(cls, line.socket, line.local, timeout_s, on_report)
            return cast(Association, cls.connect(host, port, timeout=timeout_s, on_information_report=on_report))
        except (OSError, MmsError) as error:
            if any(sign in str(error) for sign in _SENT_AWAY):
                raise MmsConnectionError(f"{error}: {_PERHAPS}") from error
            raise

    def receive(self, take_reports: TakeReports = _none_taken) -> None:
        """On the loop: read from now on. What `take_reports` leaves goes to whoever asked, or to `on_report`."""
        self._take_reports, self._assembly = take_reports, Assembly()
        self._loop = asyncio.get_running_loop()
        self._descriptor = self._socket.fileno()
        if self._descriptor < 0 or not self.is_connected:
            self._close()
            return
        self._loop.add_reader(self._descriptor, self._readable)

    def watch(self, on_end: Callable[[str], None]) -> None:
        """Call `on_end` with the reason when the association ends, at once if it has; on whichever thread sees it."""
        self._on_end = on_end
        if not self.is_connected:
            self._tell()

    @property
    def receiving(self) -> bool:
        """False when nobody reads the socket any more."""
        return self._descriptor >= 0 and self.is_connected

    @property
    def end_reason(self) -> str:
        """Why it ended; '' while it lives."""
        return "" if self._close_reason is None else str(self._close_reason)

    def rest(self, pause_s: float) -> None:
        """On the loop: read nothing for so long. The device's own send window then slows it down."""
        if self._loop is not None and self._descriptor >= 0 and self._resting is None:
            self._loop.remove_reader(self._descriptor)
            self._resting = self._loop.call_later(pause_s, self._go_on)

    def abort(self, reason: str) -> None:
        """Any thread: end at once without asking the device. Requests fail, threads blocked in the socket go on."""
        self._fail_all(MmsConnectionError(reason))
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._loop is None or self._loop.is_closed():
            self._conn.close()
        elif _running() is self._loop:
            self._close()
        else:
            self._loop.call_soon_threadsafe(self._close)

    def read_many(self, names: Sequence[Name]) -> list[pdu.AccessResult]:
        """As the library's, with numbers as they are."""
        objects = [to_object_name(name) for name in names]
        answer = self._service(pdu.read_request(objects), pdu.SERVICE_READ)
        results = [access_results(each.value) for each in ber.iter_tlvs(answer) if each.tag == _RESULTS]
        if [len(each) for each in results] != [len(objects)]:
            raise MmsProtocolError(f"{len(objects)} variables were asked for, other results came")
        return results[0]

    def close(self) -> None:
        self.abort("connection closed by the client")

    def _start(self) -> None:
        """The library's receive thread: there is none."""

    @property
    def _socket(self) -> socket.socket:
        return self._conn._sock  # noqa: SLF001 - the library has no other way to its socket

    def _go_on(self) -> None:
        self._resting = None
        if self._loop is not None and self.receiving:
            self._loop.add_reader(self._descriptor, self._readable)

    def _readable(self) -> None:
        try:
            octets = self._socket.recv(_READ, socket.MSG_DONTWAIT)
            if not octets:
                self._end("connection closed by the server")
                return
            for message in self._take_reports(self._assembly.feed(octets)):
                unwrapped = pdu.unwrap(message)
                if unwrapped[:1] == _CONCLUDE:
                    self._end("connection concluded by the device")
                    return
                self._dispatch(pdu.decode_pdu(unwrapped))
            if self._assembly.ended:
                self._end("connection closed by the server")
        except (BlockingIOError, InterruptedError):
            return
        except (OSError, MmsError) as error:
            self._end(f"connection lost: {error}")
        except LIBRARY_ERRORS as error:  # this method is the supervisor of its link
            self._end(f"undecodable data from the device: {error!r}")

    def _end(self, reason: str) -> None:
        self._fail_all(MmsConnectionError(reason))
        self._close()

    def _close(self) -> None:
        """On the loop: a descriptor must leave it before it is closed, since the next socket may have its number."""
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if self._loop is not None and self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            self._descriptor = -1
        self._conn.close()
        self._tell()

    def _tell(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end(self.end_reason)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
