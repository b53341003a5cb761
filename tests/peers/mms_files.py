"""libiec61850's file services and its TLS (mbedTLS), in a process of its own.

`mms_files.py server PORT FOLDER/ [CERTIFICATE KEY AUTHORITIES]`: the server of mms_server.py, with files.
`mms_files.py client PORT FOLDER [CERTIFICATE KEY AUTHORITIES]`: lists a folder and reads its files; one JSON object.
"""

from __future__ import annotations

import ctypes as c
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import libiec61850 as lib
import mms_server

FILE_HANDLER = c.CFUNCTYPE(lib.B, lib.P, c.POINTER(c.c_uint8), lib.U32)  # parameter, octets, count -> go on
CONNECTIONS = 10
TLS_1_2 = 6

lib.SIGNATURES.update(
    {
        "IedServerConfig_create": (lib.P, ()),
        "IedServerConfig_setFileServiceBasePath": (None, (lib.P, lib.S)),
        "IedServerConfig_enableFileService": (None, (lib.P, lib.B)),
        "IedServer_createWithConfig": (lib.P, (lib.P, lib.P, lib.P)),
        "TLSConfiguration_create": (lib.P, ()),
        "TLSConfiguration_setChainValidation": (None, (lib.P, lib.B)),
        "TLSConfiguration_setAllowOnlyKnownCertificates": (None, (lib.P, lib.B)),
        "TLSConfiguration_setOwnCertificateFromFile": (lib.B, (lib.P, lib.S)),
        "TLSConfiguration_setOwnKeyFromFile": (lib.B, (lib.P, lib.S, lib.S)),
        "TLSConfiguration_addCACertificateFromFile": (lib.B, (lib.P, lib.S)),
        "TLSConfiguration_setMaxTlsVersion": (None, (lib.P, lib.INT)),
        "IedConnection_createWithTlsSupport": (lib.P, (lib.P,)),
        "IedConnection_getFileDirectory": (lib.P, (lib.P, lib.ERROR, lib.S)),
        "IedConnection_getFile": (lib.U32, (lib.P, lib.ERROR, lib.S, FILE_HANDLER, lib.P)),
        "FileDirectoryEntry_getFileName": (lib.S, (lib.P,)),
        "FileDirectoryEntry_getFileSize": (lib.U32, (lib.P,)),
        "FileDirectoryEntry_getLastModified": (lib.U64, (lib.P,)),
    }
)


def tls(library: lib.Library, files: list[str]) -> int | None:
    if not files:
        return None
    certificate, key, authorities = (file.encode() for file in files)
    made = library.TLSConfiguration_create()
    library.TLSConfiguration_setMaxTlsVersion(made, TLS_1_2)  # its client takes a ticket of TLS 1.3 for an error
    library.TLSConfiguration_setChainValidation(made, True)
    library.TLSConfiguration_setAllowOnlyKnownCertificates(made, False)
    assert library.TLSConfiguration_setOwnCertificateFromFile(made, certificate)
    assert library.TLSConfiguration_setOwnKeyFromFile(made, key, None)
    assert library.TLSConfiguration_addCACertificateFromFile(made, authorities)
    return int(made)


class FileServer(mms_server.Server):
    """Its files lie below a folder."""

    def __init__(self, port: int, base: str, files: list[str]) -> None:
        self.base, self.files = base, files
        super().__init__(port)

    def created(self, model: int) -> Any:
        config = self.c.IedServerConfig_create()
        self.c.IedServerConfig_enableFileService(config, True)
        self.c.IedServerConfig_setFileServiceBasePath(config, self.base.encode())
        return self.c.IedServer_createWithConfig(model, tls(self.c, self.files), config)


class Client:
    """One connection."""

    def __init__(self, port: int, files: list[str]) -> None:
        self.c = lib.Library()
        for _ in range(CONNECTIONS):  # see mms_client.py: some connections lose their first request
            config = tls(self.c, files)
            made = (
                self.c.IedConnection_create() if config is None else self.c.IedConnection_createWithTlsSupport(config)
            )
            error = c.c_int()
            self.connection = made
            self.c.IedConnection_connect(made, error, b"127.0.0.1", port)
            if error.value:
                raise ConnectionError(f"not connected: error {error.value}")
            lib.strings_of(self.c, self.c.IedConnection_getServerDirectory(made, error, False))
            if not error.value:
                return
        raise ConnectionError("no answer")

    def files(self, folder: str) -> dict[str, Any]:
        error = c.c_int()
        listed = self.c.IedConnection_getFileDirectory(self.connection, error, folder.encode() or None)
        if error.value:
            raise ConnectionError(f"no directory: error {error.value}")
        found = {}
        element = self.c.LinkedList_getNext(listed)
        while element:
            entry = self.c.LinkedList_getData(element)
            name = self.c.FileDirectoryEntry_getFileName(entry)
            size, modified = (
                self.c.FileDirectoryEntry_getFileSize(entry),
                self.c.FileDirectoryEntry_getLastModified(entry),
            )
            found[name.decode()] = [size, modified, "" if name.endswith(b"/") else self.digest(name)]
            element = self.c.LinkedList_getNext(element)
        return found

    def digest(self, name: bytes) -> str:
        taken = bytearray()

        def take(_: int, octets: Any, count: int) -> bool:
            taken.extend(octets[:count])
            return True

        error = c.c_int()
        self.c.IedConnection_getFile(self.connection, error, name, FILE_HANDLER(take), None)
        return f"error {error.value}" if error.value else hashlib.sha256(taken).hexdigest()


def main(role: str, port: int, folder: str, files: list[str]) -> None:
    if role == "server":
        mms_server.main(FileServer(port, folder, files))
        return
    try:
        print(json.dumps({"files": Client(port, files).files(folder)}), flush=True)
    except ConnectionError as error:
        print(json.dumps({"failed": str(error)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
