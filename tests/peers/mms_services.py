"""Further services of libiec61850's client: values that it writes, files that it lists and reads."""

from __future__ import annotations

import ctypes as c
import hashlib
from typing import Any

import libiec61850 as lib

FILE_HANDLER = c.CFUNCTYPE(lib.B, lib.P, c.POINTER(c.c_uint8), lib.U32)  # parameter, octets, count -> go on

lib.SIGNATURES.update(
    {
        "IedConnection_writeObject": (None, (lib.P, lib.ERROR, lib.S, lib.INT, lib.P)),
        "IedConnection_getFileDirectory": (lib.P, (lib.P, lib.ERROR, lib.S)),
        "IedConnection_getFile": (lib.U32, (lib.P, lib.ERROR, lib.S, FILE_HANDLER, lib.P)),
        "FileDirectoryEntry_getFileName": (lib.S, (lib.P,)),
        "FileDirectoryEntry_getFileSize": (lib.U32, (lib.P,)),
        "FileDirectoryEntry_getLastModified": (lib.U64, (lib.P,)),
        "MmsValue_newUnsignedFromUint32": (lib.P, (lib.U32,)),
        "MmsValue_newIntegerFromInt32": (lib.P, (c.c_int32,)),
        "MmsValue_newFloat": (lib.P, (lib.F,)),
        "MmsValue_newOctetString": (lib.P, (lib.INT, lib.INT)),
        "MmsValue_setOctetString": (None, (lib.P, lib.S, lib.INT)),
    }
)
_KINDS = {
    "unsigned": "MmsValue_newUnsignedFromUint32",
    "integer": "MmsValue_newIntegerFromInt32",
    "float": "MmsValue_newFloat",
    "boolean": "MmsValue_newBoolean",
}


def written_value(library: lib.Library, kind: str, value: Any) -> int:
    """An MmsValue, to be deleted."""
    return int(getattr(library, _KINDS[kind])(value))


def octets_value(library: lib.Library, octets: bytes) -> int:
    """An octet string, to be deleted."""
    made = library.MmsValue_newOctetString(len(octets), len(octets))
    library.MmsValue_setOctetString(made, octets, len(octets))
    return int(made)


def files_below(library: lib.Library, connection: int, folder: str) -> dict[str, Any]:
    """{NAME: [SIZE, LAST MODIFIED in ms, SHA-256]} of one folder; ConnectionError."""
    error = c.c_int()
    listed = library.IedConnection_getFileDirectory(connection, error, folder.encode() or None)
    if error.value:
        raise ConnectionError(f"no directory: error {error.value}")
    found = {}
    element = library.LinkedList_getNext(listed)
    while element:
        entry = library.LinkedList_getData(element)
        name = library.FileDirectoryEntry_getFileName(entry)
        size, modified = (
            library.FileDirectoryEntry_getFileSize(entry),
            library.FileDirectoryEntry_getLastModified(entry),
        )
        digest = "" if name.endswith(b"/") else digest_of(library, connection, name)
        found[name.decode()] = [size, modified, digest]
        element = library.LinkedList_getNext(element)
    return found


def digest_of(library: lib.Library, connection: int, name: bytes) -> str:
    """SHA-256 of a file's content, or 'error NUMBER'."""
    taken = bytearray()

    def take(_: int, octets: Any, count: int) -> bool:
        taken.extend(octets[:count])
        return True

    error = c.c_int()
    library.IedConnection_getFile(connection, error, name, FILE_HANDLER(take), None)
    return f"error {error.value}" if error.value else hashlib.sha256(taken).hexdigest()
