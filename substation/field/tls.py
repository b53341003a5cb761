"""Links to devices over TLS: what `[field]` leaves out comes from `[tls.iec104]`, and that from `[tls]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from models.config import Scalar
from models.driver import LinkConfig
from protocols.iec104.controlling_station.settings import has_tls
from protocols.iec104.link_tls import LinkTls, read_link_tls, settings_of, with_paths_from
from substation.trust.settings import TlsSettings

_PROTOCOL = "iec104"


def with_tls(links: Sequence[LinkConfig], tls: TlsSettings | None, folder: Path) -> tuple[LinkConfig, ...]:
    """Every link with what its front end needs; paths are absolute then. ConfigError for a mode that is none."""
    return tuple(_with_tls(link, tls, folder) for link in links)


def tls_of(links: Sequence[LinkConfig]) -> dict[str, LinkTls]:
    """Of the links that have TLS, by name. ConfigError for settings that cannot be."""
    return {link.name: read_link_tls(link) for link in links if link.protocol == _PROTOCOL and has_tls(link)}


def _with_tls(link: LinkConfig, tls: TlsSettings | None, folder: Path) -> LinkConfig:
    if link.protocol != _PROTOCOL or not has_tls(link):
        return link
    own = with_paths_from(folder, link.settings)
    general: dict[str, Scalar] = {} if tls is None else settings_of(tls.stations)
    if "tls_authorities" in own:
        general.pop("tls_revocations", None)  # a list of other authorities would not fit
    return replace(link, settings={**general, **own})
