"""One MMS association: open61850's client, with the end of its receive thread made visible.

The library's receive thread dies of an error it does not expect (a decoder that recurses too deep, a listener that
raises) and leaves a client that looks connected. Here every end of that thread, expected or not, closes the
association and is told to whoever watches it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import cast

from open61850.ber import BerError
from open61850.mms import InformationReport, MmsClient, MmsConnectionError, MmsError

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


class Association(MmsClient):
    """An association that ends once and says why. Its calls block: they belong on the link's worker."""

    _on_end: Callable[[str], None] | None = None

    @classmethod
    def open(
        cls, host: str, port: int, timeout_s: float, on_report: Callable[[InformationReport], None]
    ) -> Association:
        """Connect TCP, COTP and MMS; raises one of LIBRARY_ERRORS. Reports are delivered on the receive thread."""
        return cast(Association, cls.connect(host, port, timeout=timeout_s, on_information_report=on_report))

    def watch(self, on_end: Callable[[str], None]) -> None:
        """Call `on_end` with the reason when the association ends, at once if it has; on whichever thread sees it."""
        self._on_end = on_end
        if not self.is_connected:
            self._tell()

    @property
    def receiving(self) -> bool:
        """False when nobody reads the socket any more, whatever `is_connected` says."""
        return self._receiver is not None and self._receiver.is_alive()

    def abort(self, reason: str) -> None:
        """End at once without asking the device: outstanding requests fail, threads blocked in the socket go on."""
        self._fail_all(MmsConnectionError(reason))
        self._conn.close()

    def join(self, timeout_s: float) -> None:
        """Wait for the receive thread to end (after `abort`)."""
        if self._receiver is not None and self._receiver is not threading.current_thread():
            self._receiver.join(timeout_s)

    def _receive_loop(self) -> None:
        try:
            super()._receive_loop()
        except LIBRARY_ERRORS as error:  # this method is the supervisor of its thread
            self.abort(f"undecodable data from the device: {error!r}")
        finally:
            self._tell()

    def _tell(self) -> None:
        if self._on_end is not None:
            self._on_end(str(self._close_reason))
