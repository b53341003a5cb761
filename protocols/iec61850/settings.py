"""The settings of an MMS link, as they stand in LinkConfig.settings (from the SCL; unit.toml may override them).

`reports`: report control blocks to enable, comma separated: `LLN0.BR.brcbStatus01` or `IED1LD0/LLN0.RP.urcbMeas01`.
    The base name of an indexed block (`LLN0.BR.brcbStatus`) stands for any free instance. When empty, the device is
    browsed and a free instance of every block is taken whose data set holds a point.
`conf_rev:REPORT`: confRev of that block in the SCL; where the device has another value, the block is not enabled.
    Default: not checked.
`data_set:REPORT`: data set of that block, `LLN0.dsStatus`; likewise. Default: not checked.
`integrity_s`: integrity period written to every block; silence of twice that long ends the link. Default 5.
`timeout_s`: for connecting and for every answer. Default 5.
`termination_timeout_s`: for the CommandTermination of enhanced security after the positive answer. Default 20.
`reservation_s`: ResvTms, how long the device keeps a buffered block for us after the link broke. Default 60.
`setting_group_period_s`: how often the active setting group is asked for, since no report carries it. Default 10.
`scl_device`, not for people: what the SCL says of the device (`models.scl.expected_text`).
`entry_id:BLOCK`: hexadecimal EntryID after which a buffered block resumes; BLOCK is its MMS name,
    `IED1LD0/LLN0$BR$brcbStatus01` (what MmsDriver.resume_points gives). Default: the device's whole buffer.
Those of reports and reads stand in `protocols.iec61850.reports.settings`, those of files in
`protocols.iec61850.files.settings`, those of TLS in `protocols.tls.link`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.driver import LinkConfig
from models.errors import ConfigError
from models.scl.expected_text import SETTING
from protocols.iec61850.files.settings import FETCHED, KEYS, FileSettings, read_files
from protocols.iec61850.reports.settings import REPORT_KEYS, ReportSettings, read_reports
from protocols.tls.modes import LINK_KEYS

CONF_REV = "conf_rev:"
DATA_SET = "data_set:"
ENTRY_ID = "entry_id:"

_DEFAULTS: dict[str, float] = {
    "integrity_s": 5.0,
    "timeout_s": 5.0,
    "termination_timeout_s": 20.0,
    "reservation_s": 60,
    "setting_group_period_s": 10.0,
}


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Parsed settings, see the module. conf_revs, data_sets by report name, entry_ids by MMS name of the block."""

    integrity_s: float
    timeout_s: float
    termination_timeout_s: float
    reservation_s: int
    setting_group_period_s: float = 10.0
    reports: tuple[str, ...] = ()
    conf_revs: Mapping[str, int] = field(default_factory=dict)
    data_sets: Mapping[str, str] = field(default_factory=dict)
    entry_ids: Mapping[str, bytes] = field(default_factory=dict)
    files: FileSettings = FileSettings()
    reporting: ReportSettings = ReportSettings()
    scl_device: str = ""


def read_settings(link: LinkConfig) -> LinkSettings:
    """The link's settings; raises ConfigError that names link, key and remedy."""
    for key in link.settings:
        if key == SETTING or key in KEYS or key in LINK_KEYS or key in REPORT_KEYS:
            continue
        if key not in (*_DEFAULTS, "reports") and not key.startswith((CONF_REV, DATA_SET, ENTRY_ID)):
            own = (each for each in KEYS if each != FETCHED)  # which is not for people
            known = ", ".join((*_DEFAULTS, "reports", *REPORT_KEYS, *own, *sorted(LINK_KEYS)))
            raise _wrong(link, key, f"no such setting; known are {known}")
    numbers = {key: _positive(link, key) for key in _DEFAULTS}
    return LinkSettings(
        integrity_s=numbers["integrity_s"],
        timeout_s=numbers["timeout_s"],
        termination_timeout_s=numbers["termination_timeout_s"],
        reservation_s=round(numbers["reservation_s"]),
        setting_group_period_s=numbers["setting_group_period_s"],
        reports=tuple(part.strip() for part in str(link.settings.get("reports", "")).split(",") if part.strip()),
        conf_revs={name: _integer(link, CONF_REV + name) for name in _names(link, CONF_REV)},
        data_sets={name: str(link.settings[DATA_SET + name]) for name in _names(link, DATA_SET)},
        entry_ids={name: _octets(link, ENTRY_ID + name) for name in _names(link, ENTRY_ID)},
        files=read_files(link),
        reporting=read_reports(link),
        scl_device=str(link.settings.get(SETTING, "")),
    )


def _names(link: LinkConfig, prefix: str) -> list[str]:
    return [key.removeprefix(prefix) for key in link.settings if key.startswith(prefix)]


def _positive(link: LinkConfig, key: str) -> float:
    value = link.settings.get(key, _DEFAULTS[key])
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise _wrong(link, key, "write a number of seconds above zero")
    return float(value)


def _integer(link: LinkConfig, key: str) -> int:
    value = link.settings[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(link, key, "write a whole number")
    return value


def _octets(link: LinkConfig, key: str) -> bytes:
    try:
        return bytes.fromhex(str(link.settings[key]))
    except ValueError:
        raise _wrong(link, key, "write hexadecimal digits in pairs") from None


def _wrong(link: LinkConfig, key: str, remedy: str) -> ConfigError:
    return ConfigError(f"link {link.name}", None, f"setting {key} = {link.settings.get(key)!r} is not usable", remedy)
