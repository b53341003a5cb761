"""Links to devices over TLS: what `[field]` leaves out comes from `[tls.PROTOCOL]`, and that from `[tls]`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from models.config import Scalar
from models.driver import LinkConfig
from protocols.tls.link import LinkTls, read_link_tls, settings_of, with_paths_from
from protocols.tls.modes import has_tls
from protocols.tls.parameters import TlsParameters
from substation.trust.settings import TlsSettings

_GENERAL: dict[str, Callable[[TlsSettings], TlsParameters]] = {
    "iec104": lambda tls: tls.stations,
    "iec61850": lambda tls: tls.bays,
}
"""Protocols that know TLS, and what the unit has for each."""
_PORTS = {("iec61850", 102): 3782}
"""Registered for MMS over TLS (IEC 62351-4), in place of the one of plain MMS; any other port of the SCD is meant."""


def with_tls(links: Sequence[LinkConfig], tls: TlsSettings | None, folder: Path) -> tuple[LinkConfig, ...]:
    """Every link with what its front end needs; paths are absolute then. ConfigError for a mode that is none."""
    return tuple(_with_tls(link, tls, folder) for link in links)


def tls_of(links: Sequence[LinkConfig]) -> dict[str, LinkTls]:
    """Of the links that have TLS, by name. ConfigError for settings that cannot be."""
    return {link.name: read_link_tls(link) for link in links if link.protocol in _GENERAL and has_tls(link)}


def _with_tls(link: LinkConfig, tls: TlsSettings | None, folder: Path) -> LinkConfig:
    if link.protocol not in _GENERAL or not has_tls(link):
        return link
    own = with_paths_from(folder, link.settings)
    general: dict[str, Scalar] = {} if tls is None else settings_of(_GENERAL[link.protocol](tls))
    if "tls_authorities" in own:
        general.pop("tls_revocations", None)  # a list of other authorities would not fit
    port = _PORTS.get((link.protocol, link.port), link.port)
    return replace(link, port=port, settings={**general, **own})
