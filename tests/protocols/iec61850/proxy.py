"""Between the driver and a device: passes everything on, and lets a test put words into the device's mouth."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from open61850.mms import pdu
from open61850.mms.transport import send_tpkt

DATA_TPDU = b"\x02\xf0\x80"


class Proxy:
    """Passes everything between the driver and a device, and lets a test put words into the device's mouth."""

    def __init__(self, port: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.device = socket.create_connection(("127.0.0.1", port))
        self.driver: socket.socket | None = None
        self.turn = threading.Lock()
        self.reports: list[bytes] = []
        self.threads = [threading.Thread(target=self._up), threading.Thread(target=self._down)]
        self.accepted = threading.Event()
        for thread in self.threads:
            thread.start()

    def say(self, mms_pdu: bytes) -> None:
        assert self.driver is not None
        with self.turn:
            send_tpkt(self.driver, DATA_TPDU + pdu.wrap(mms_pdu))

    def repeat(self, packet: bytes) -> None:
        """A packet of the device once more, as it was."""
        assert self.driver is not None
        with self.turn:
            send_tpkt(self.driver, packet)

    def close(self) -> None:
        for end in (self.listener, self.device, self.driver):
            if end is not None:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self.accepted.set()
        for thread in self.threads:
            thread.join(5)

    def _up(self) -> None:
        try:
            self.driver, _ = self.listener.accept()
            self.accepted.set()
            while data := self.driver.recv(65536):
                self.device.sendall(data)
        except OSError:
            pass

    def _down(self) -> None:
        self.accepted.wait()
        try:
            while (header := self._exactly(4)) and self.driver is not None:
                body = self._exactly(int.from_bytes(header[2:], "big") - 4)
                if b"\x80\x03RPT" in body:
                    self.reports.append(body)
                with self.turn:  # whole packets only
                    self.driver.sendall(header + body)
        except OSError:
            pass

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.device.recv(size - len(data))
            if not part:
                raise OSError("the device closed")
            data += part
        return data


@contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    made = Proxy(port)
    try:
        yield made
    finally:
        made.close()
