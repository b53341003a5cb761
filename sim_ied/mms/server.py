"""open61850's server with a listener that leaves nothing open where it cannot listen."""

from __future__ import annotations

import socket
import threading

from open61850.server import MmsServer
from open61850.server.control import ControlEngine
from open61850.server.reporting import ReportEngine
from open61850.server.settings import SettingGroupEngine

_WAITING_CLIENTS = 16


class Server(MmsServer):
    """One life: `start`, then `stop`."""

    def start(self) -> None:
        """OSError where the address is taken; nothing has begun then."""
        listener = socket.create_server((self.host, self.port), backlog=_WAITING_CLIENTS)
        self.port = listener.getsockname()[1]
        self.reports, self.controls = ReportEngine(self), ControlEngine(self)
        if self.model.setting_groups:
            self.setting_groups = SettingGroupEngine(self)
        self._sock = listener
        self._thread = threading.Thread(target=self._accept_loop, name=f"mms-listener-{self.port}", daemon=True)
        self._thread.start()
