"""libiec61850's server with files and TLS, in a process of its own:
`mms_files.py PORT FOLDER/ [CERTIFICATE KEY AUTHORITIES NEWEST]`. Model and orders are those of mms_server.py.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import libiec61850 as lib
import mms_server
from mms_tls import tls

lib.SIGNATURES.update(
    {
        "IedServerConfig_create": (lib.P, ()),
        "IedServerConfig_setFileServiceBasePath": (None, (lib.P, lib.S)),
        "IedServerConfig_enableFileService": (None, (lib.P, lib.B)),
        "IedServer_createWithConfig": (lib.P, (lib.P, lib.P, lib.P)),
    }
)


class FileServer(mms_server.Server):
    """Its files lie below a folder."""

    def __init__(self, port: int, base: str, files: list[str]) -> None:
        self.base, self.files = base, files
        super().__init__(port)

    def created(self, model: int) -> Any:
        config = self.c.IedServerConfig_create()
        self.c.IedServerConfig_enableFileService(config, True)
        self.c.IedServerConfig_setFileServiceBasePath(config, self.base.encode())
        secure = tls(self.c, *self.files) if self.files else None
        return self.c.IedServer_createWithConfig(model, secure, config)


if __name__ == "__main__":
    mms_server.main(FileServer(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
