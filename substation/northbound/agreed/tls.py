"""TLS towards a control centre (IEC 62351-3): whose certificate may be this one, and what is refused unprotected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.config import Table
from protocols.tls.parameters import TlsParameters
from substation.trust.settings import TlsMode, TlsSettings, is_loopback
from substation.trust.stations import with_files

_MODES = {mode.value: mode for mode in (TlsMode.NONE, TlsMode.MUTUAL)}
_OF_TLS = ("certificate_names", "authorities", "revocations", "certificate", "key")


@dataclass(frozen=True, slots=True)
class CentreTls:
    """names: one of them stands in the control centre's certificate, as common name or alternative name."""

    parameters: TlsParameters
    names: frozenset[str]


def read_centre_tls(
    table: Table, name: str, hosts: Sequence[str], tls: TlsSettings | None, folder: Path
) -> CentreTls | None:
    """Keys of `[[control_centre]]`; None: plain. ConfigError when it would be plain on a network unasked."""
    mode = table.take("tls", str, TlsMode.NONE.value)
    accepts_plain = table.take("plain_network", bool, False)
    if mode not in _MODES:
        raise table.error("tls", f"'tls' is {mode!r}", f"one of {', '.join(_MODES)}")
    if _MODES[mode] is TlsMode.NONE:
        _check_plain(table, name, hosts, accepts_plain)
        return None
    if tls is None:
        raise table.error("tls", 'tls = "mutual" needs certificates', "add the section [tls] (docs/certificates.md)")
    if accepts_plain:
        raise table.error("plain_network", "'plain_network' beside TLS says nothing", "remove it")
    names = frozenset(table.take_list("certificate_names", str, [name]))
    if not names or not all(names):
        raise table.error("certificate_names", "nobody could connect", "give the names in the centre's certificates")
    return CentreTls(with_files(table, tls.stations, folder), names)


def _check_plain(table: Table, name: str, hosts: Sequence[str], accepts_plain: bool) -> None:
    for key in _OF_TLS:
        if key in table:
            raise table.error(key, f"'{key}' without TLS has no effect", 'add tls = "mutual", or remove it')
    in_the_open = [host for host in hosts if not is_loopback(host)]
    if in_the_open and not accepts_plain:
        where = " and ".join(in_the_open)
        problem = f"control centre '{name}' would be served at {where} without TLS: whoever reaches that can switch"
        remedy = 'add tls = "mutual" and the section [tls], listen on 127.0.0.1, or say plain_network = true'
        raise table.error("host" if "host" in table else "listen", problem, remedy)
