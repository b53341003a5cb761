"""The files of a simulated IED, and the file services of its MMS server (IEC 61850-8-1).

Files live in memory, the oldest gives way. Clients list, read and, where the device lets them, delete; nobody writes:
obtainFile and fileRename are rejected as services that the device does not have.
"""

from __future__ import annotations

import bisect
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from open61850.server import ServerConnection, protocol

from sim_ied.mms import file_units
from sim_ied.mms.file_units import Attributes

if TYPE_CHECKING:
    from sim_ied.mms.connection import Connection
    from sim_ied.mms.server import Server

MOST_FILES = 200
MOST_OPEN = 8
"""Of one association."""
SLICE = 16 * 1024
"""Octets of one answer to fileRead at most: what else a client wants waits for no more than that."""
_ENVELOPE = 128


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    modified_ns: int

    @property
    def attributes(self) -> Attributes:
        return Attributes(len(self.content), self.modified_ns)


class DeviceFiles:
    """By path, with '/' between folders and none at its start. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, _File] = {}

    def put(self, name: str, content: bytes, modified_ns: int) -> None:
        with self._lock:
            self._files.pop(name, None)
            self._files[name] = _File(content, modified_ns)
            while len(self._files) > MOST_FILES:
                del self._files[next(iter(self._files))]

    def content(self, name: str) -> _File | None:
        with self._lock:
            return self._files.get(_plain(name))

    def remove(self, name: str) -> bool:
        with self._lock:
            return self._files.pop(_plain(name), None) is not None

    def folder(self, name: str) -> list[tuple[str, Attributes]] | None:
        """Entries by name, sub-folders with a slash at their end; None where there is no such folder."""
        prefix = f"{_plain(name)}/" if _plain(name) else ""
        found: dict[str, Attributes] = {}
        with self._lock:
            for path, file in self._files.items():
                if path.startswith(prefix):
                    head, slash, _ = path[len(prefix) :].partition("/")
                    found[prefix + head + slash] = Attributes(0, file.modified_ns) if slash else file.attributes
        return sorted(found.items()) if found or not prefix else None


class FileService:
    """Serves `files` on one server. may_delete: whether clients may."""

    def __init__(self, files: DeviceFiles, may_delete: bool = False) -> None:
        self._files, self._may_delete = files, may_delete
        self._open: dict[ServerConnection, dict[int, tuple[bytes, int]]] = {}
        self._handles = itertools.count(1)
        self._services: dict[int, Callable[[Connection, bytes], bytes | int]] = {
            file_units.OPEN: self._opened,
            file_units.READ: self._read,
            file_units.CLOSE: self._closed,
            file_units.DELETE: self._deleted,
            file_units.DIRECTORY: self._listed,
        }

    def attach(self, server: Server) -> None:
        """Before the server starts."""
        for number in self._services:
            server.services[number] = self._answer
        server.close_hooks.append(self._gone)

    def _gone(self, connection: ServerConnection) -> None:
        self._open.pop(connection, None)

    def _answer(self, connection: Connection, request: protocol.ConfirmedRequest) -> bytes:
        """An int is the code of an error of class 'file'."""
        made = self._services[request.service](connection, request.content)
        if isinstance(made, int):
            return protocol.confirmed_error(request.invoke_id, file_units.ERROR_FILE, made)
        return protocol.confirmed_response(request.invoke_id, request.service, made, constructed=bool(made))

    def _opened(self, connection: Connection, content: bytes) -> bytes | int:
        name, position = file_units.open_request(content)
        file = self._files.content(name)
        if file is None:
            return file_units.NON_EXISTENT
        if position > len(file.content):
            return file_units.BAD_POSITION
        handles = self._open.setdefault(connection, {})
        if len(handles) >= MOST_OPEN:
            return file_units.BUSY
        handle = next(self._handles)
        handles[handle] = (file.content, position)
        return file_units.opened(handle, file.attributes)

    def _read(self, connection: Connection, content: bytes) -> bytes | int:
        handle = int.from_bytes(content, "big", signed=True)
        found = self._open.get(connection, {}).get(handle)
        if found is None:
            return file_units.NON_EXISTENT
        octets, position = found
        end = position + min(SLICE, connection.pdu_size - _ENVELOPE)
        self._open[connection][handle] = (octets, end)
        return file_units.piece(octets[position:end], end < len(octets))

    def _closed(self, connection: Connection, content: bytes) -> bytes | int:
        handle = int.from_bytes(content, "big", signed=True)
        known = self._open.get(connection, {}).pop(handle, None)
        return file_units.NON_EXISTENT if known is None else b""

    def _deleted(self, connection: Connection, content: bytes) -> bytes | int:
        name = file_units.names_of(content)
        if self._files.content(name) is None:
            return file_units.NON_EXISTENT
        if not self._may_delete:
            return file_units.DENIED
        self._files.remove(name)
        return b""

    def _listed(self, connection: Connection, content: bytes) -> bytes | int:
        folder, after = file_units.directory_request(content)
        entries = self._files.folder(folder)
        if entries is None:
            return file_units.NON_EXISTENT
        start = bisect.bisect_right([name for name, _ in entries], after) if after else 0
        page, room = [], connection.pdu_size - _ENVELOPE
        for name, attributes in entries[start:]:
            octets = file_units.entry(name, attributes)
            room -= len(octets)
            if room < 0:
                break
            page.append(octets)
        return file_units.page(page, start + len(page) < len(entries))


def _plain(name: str) -> str:
    return name.replace("\\", "/").strip("/")
