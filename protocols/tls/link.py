"""TLS of one link to a device (IEC 62351-3): its settings, and the connection that is opened with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

from models.config import Scalar
from models.driver import Clock, LinkConfig
from models.errors import ConfigError
from protocols.tls.endpoint import Endpoint, TlsCounters
from protocols.tls.parameters import MAX_SESSION_S, Expired, TlsParameters, Version
from protocols.tls.security_event import SecurityCode, SecurityEvent
from protocols.tls.shell import App, Shell
from protocols.tls.store import CrlExpired

_E = TypeVar("_E", bound=Enum)
_A = TypeVar("_A", bound=App)

_PATHS = {key: f"tls_{key}" for key in ("certificate", "key", "authorities", "revocations")}
_QUIET = frozenset({SecurityCode.SESSION_STARTED})
"""What a link that comes up says anyway."""
_MANDATORY = ("certificate", "key", "authorities")

_endpoints: WeakValueDictionary[tuple[TlsParameters, int], Endpoint] = WeakValueDictionary()
"""Links with the same files share contexts, lists and the watch over open connections; gone with the last of them."""


@dataclass(frozen=True, slots=True)
class LinkTls:
    """names: one of them stands in the device's certificate, as common name or alternative name."""

    parameters: TlsParameters
    names: frozenset[str]


def read_link_tls(link: LinkConfig) -> LinkTls:
    """Of a link whose setting `tls` is "mutual". ConfigError names link, key and remedy."""
    given = link.settings
    names = frozenset(name.strip() for name in _text(link, "tls_names", link.ied).split(",")) - {""}
    if not names:
        raise _wrong(link, "tls_names", "give the names in the device's certificate, with commas between them")
    for key in _MANDATORY:
        if _PATHS[key] not in given:
            raise _wrong(link, _PATHS[key], "give its path, or the section [tls] of the unit")
    paths = {key: Path(_text(link, name, "")) for key, name in _PATHS.items() if name in given}
    made = replace(
        TlsParameters(paths["certificate"], paths["key"], paths["authorities"], paths.get("revocations")),
        crl_expired=_choice(link, "tls_crl_expired", CrlExpired, CrlExpired.WARN),
        minimum=_choice(link, "tls_minimum", Version, Version.TLS_1_2),
        expired=_choice(link, "tls_expired", Expired, Expired.END),
        max_session_s=_session_s(link),
    )
    return LinkTls(made, names)


def settings_of(parameters: TlsParameters) -> dict[str, Scalar]:
    """What `read_link_tls` reads back: how a unit hands its own to a link."""
    paths = {name: str(path) for key, name in _PATHS.items() if (path := getattr(parameters, key)) is not None}
    return {
        **paths,
        "tls_crl_expired": parameters.crl_expired.value,
        "tls_minimum": parameters.minimum.value,
        "tls_expired": parameters.expired.value,
        "tls_session_h": parameters.max_session_s / 3600.0,
    }


def with_paths_from(folder: Path, settings: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The settings with every path of theirs taken from `folder`."""
    names = _PATHS.values()
    return {key: str((folder / str(value)).resolve()) if key in names else value for key, value in settings.items()}


class SecureDialler:
    """Opens the connections of one link. ConfigError when a file cannot be used."""

    def __init__(self, link: LinkConfig, clock: Clock) -> None:
        self._tls, self._key = read_link_tls(link), link.name
        self._endpoint = _endpoint(self._tls.parameters, clock)
        self._counters = TlsCounters()

    async def connect(
        self,
        make: Callable[[], _A],
        host: str,
        port: int,
        notice: Callable[[str], None],
        on_old: Callable[[], None] | None,
    ) -> _A:
        """LinkError when hands are not shaken. on_old: it is time to renew the keys by another connection;
        None: this one is ended when they have served.
        """
        connections: list[_A] = []

        def tell(event: SecurityEvent) -> None:
            if event.code not in _QUIET:
                notice(str(event))

        def secured() -> Shell:
            connections.append(make())
            return self._endpoint.connect(connections[-1], self._tls.names, self._key, tell)

        _, shell = await asyncio.get_running_loop().create_connection(secured, host, port)
        try:
            await shell.ready()
        except BaseException:
            shell.abort()
            raise
        finally:
            self._count(shell)
        shell.on_old = on_old
        return connections[-1]

    def counters(self) -> dict[str, int]:
        """Of this link since the start, by speaking name."""
        return self._counters.shown()

    def _count(self, shell: Shell) -> None:
        if shell.failure is not None:
            self._counters.refused[shell.failure.code] += 1
        elif shell.engine is not None and shell.engine.is_established:
            self._counters.handshakes += 1
            self._counters.resumed += shell.engine.is_resumed


def _endpoint(parameters: TlsParameters, clock: Clock) -> Endpoint:
    """What concerns files is told by the unit, which looks at the same ones."""
    key = parameters, id(clock)  # which lives as long as the endpoint
    made = _endpoints.get(key)
    if made is None:
        made = _endpoints[key] = Endpoint(parameters, False, clock, lambda event: None)
    return made


def _text(link: LinkConfig, key: str, default: str) -> str:
    value = link.settings.get(key, default)
    if not isinstance(value, str):
        raise _wrong(link, key, "write a text")
    return value


def _choice(link: LinkConfig, key: str, kind: type[_E], default: _E) -> _E:
    known = {str(each.value): each for each in kind}
    name = _text(link, key, str(default.value))
    if name not in known:
        raise _wrong(link, key, f"one of {', '.join(known)}")
    return known[name]


def _session_s(link: LinkConfig) -> float:
    hours = link.settings.get("tls_session_h", MAX_SESSION_S / 3600.0)
    if isinstance(hours, bool | str) or not 0 < hours * 3600.0 <= MAX_SESSION_S:
        raise _wrong(link, "tls_session_h", "a number above 0, up to 24 (IEC 62351-3)")
    return hours * 3600.0


def _wrong(link: LinkConfig, key: str, remedy: str) -> ConfigError:
    return ConfigError("unit.toml", None, f"link {link.name}: {key} = {link.settings.get(key)!r}", remedy)
