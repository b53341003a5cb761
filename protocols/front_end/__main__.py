"""Entry point of a front end process. The unit server starts it by exec, never by fork."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import importlib.util
import logging
import signal
import sys

from models.driver import DriverFactory, DriverInfo
from models.errors import RingmainError
from protocols.front_end.host import Host


def load_factory(protocol: str) -> DriverFactory:
    """The factory named by `protocols.<protocol>.info`; RingmainError when there is no such driver."""
    name = f"protocols.{protocol}"
    if not protocol.isidentifier() or importlib.util.find_spec(name) is None:
        raise RingmainError(f"there is no protocol '{protocol}': no package {name}")
    package = importlib.import_module(name)
    info = getattr(package, "info", None)
    if not isinstance(info, DriverInfo):
        raise RingmainError(f"protocols.{protocol} has no `info: DriverInfo` and cannot be a front end")
    module, _, function = info.factory.partition(":")
    try:
        factory: DriverFactory = getattr(importlib.import_module(module), function)
    except ImportError as error:
        raise RingmainError(f"{module} cannot be loaded: {error}; `make setup` installs what is missing") from error
    return factory


def _settle() -> None:
    """The garbage collector leaves alone what is there for good: with a thousand links it would stop them for 0.2 s."""
    gc.collect()
    gc.freeze()


def main(arguments: list[str]) -> int:
    """Run until the unit server goes away; exit status 0 then, 1 after an error that is said on stderr."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if len(arguments) != 2:
        print("usage: python -m protocols.front_end PROTOCOL SOCKET", file=sys.stderr)
        return 2
    protocol, socket_path = arguments
    try:
        with contextlib.suppress(KeyboardInterrupt):
            # The kernel ends a process that hangs, whatever hangs: SIGALRM keeps its default action.
            host = Host(protocol, load_factory(protocol), watchdog=signal.alarm, settled=_settle)
            asyncio.run(host.run(socket_path))
    except (RingmainError, OSError) as error:
        print(f"front end {protocol}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
