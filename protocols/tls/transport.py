"""What a protocol sees of a TLS connection: an asyncio transport."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protocols.tls.shell import Shell


class TlsTransport(asyncio.Transport):
    """Everything goes through the shell; buffers and their limits are those of TCP, where the octets wait.

    get_extra_info: "certificate" and "tls" (version and suite) beside what TCP knows.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        self._shell.write(bytes(data))

    def close(self) -> None:
        self._shell.close()

    def abort(self) -> None:
        self._shell.abort()

    def is_closing(self) -> bool:
        return self._shell.is_closing

    def pause_reading(self) -> None:
        if self._shell.raw is not None:
            self._shell.raw.pause_reading()

    def resume_reading(self) -> None:
        if self._shell.raw is not None:
            self._shell.raw.resume_reading()

    def is_reading(self) -> bool:
        return self._shell.raw is not None and self._shell.raw.is_reading()

    def get_write_buffer_size(self) -> int:
        return 0 if self._shell.raw is None else self._shell.raw.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return (0, 0) if self._shell.raw is None else self._shell.raw.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        if self._shell.raw is not None:
            self._shell.raw.set_write_buffer_limits(high, low)

    def can_write_eof(self) -> bool:
        """TLS has no half-closed connections here."""
        return False

    def get_extra_info(self, name: str, default: object = None) -> object:
        own = {"certificate": self._shell.certificate, "tls": self._shell.engine and self._shell.engine.description}
        if name in own:
            return own[name]
        return default if self._shell.raw is None else self._shell.raw.get_extra_info(name, default)
