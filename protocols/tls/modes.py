"""Whether a link to a device runs over TLS, and the keys of its settings that say how (read by `protocols.tls.link`).

Loads nothing: a front end whose links are all plain does without cryptography.
"""

from __future__ import annotations

from models.driver import LinkConfig
from models.errors import ConfigError

LINK_KEYS = frozenset(
    {
        "tls", "tls_names", "tls_certificate", "tls_key", "tls_authorities", "tls_revocations", "tls_crl_expired",
        "tls_minimum", "tls_expired", "tls_session_h",
    }
)  # fmt: skip
_MODES = {"none": False, "mutual": True}


def has_tls(link: LinkConfig) -> bool:
    """Whether the device is reached over TLS. ConfigError for a mode that is none."""
    mode = link.settings.get("tls", "none")
    if mode not in _MODES:
        raise ConfigError("unit.toml", None, f"link {link.name}: tls = {mode!r}", f"give one of {', '.join(_MODES)}")
    return _MODES[str(mode)]
