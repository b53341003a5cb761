"""What is wrong with a link's settings, before its driver is made (DriverInfo.check)."""

from __future__ import annotations

from models.driver import LinkConfig
from models.errors import ConfigError
from models.scl.expected_text import SETTING, unpack
from protocols.iec61850.settings import read_settings
from protocols.tls.modes import has_tls


def check(link: LinkConfig) -> None:
    """ConfigError for settings that an MMS link does not have, or that cannot be."""
    settings = read_settings(link)
    if settings.scl_device:
        _known(link, settings.scl_device)
    if has_tls(link):
        from protocols.tls.link import read_link_tls  # loads cryptography, which plain links do without

        read_link_tls(link)


def _known(link: LinkConfig, text: str) -> None:
    try:
        unpack(text)
    except ValueError as error:
        remedy = f"remove {SETTING}, which is made from the SCD"
        raise ConfigError(f"link {link.name}", None, str(error), remedy) from error
