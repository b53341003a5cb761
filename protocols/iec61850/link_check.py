"""What is wrong with a link's settings, before its driver is made (DriverInfo.check)."""

from __future__ import annotations

from models.driver import LinkConfig
from protocols.iec61850.settings import read_settings
from protocols.tls.modes import has_tls


def check(link: LinkConfig) -> None:
    """ConfigError for settings that an MMS link does not have, or that cannot be."""
    read_settings(link)
    if has_tls(link):
        from protocols.tls.link import read_link_tls  # loads cryptography, which plain links do without

        read_link_tls(link)
