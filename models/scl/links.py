"""One link per IED: protocol by the type of its sub-network, address, protocol settings as SCL states them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.driver import LinkConfig
from models.errors import ConfigError
from models.scl.elements import Connection, Ied, Scl

PROTOCOLS = {"8-MMS": "iec61850", "104": "iec104"}
"""Type of a SubNetwork to the protocol's package, in order of preference for an IED that is in both."""

_HOST = ("IP", "RG1-LL1-IP", "LL1-IP")
_PORTS = {"iec61850": (("MMS-Port",), 102), "iec104": (("TCP-PORT", "IP-PORT"), 2404)}
"""P types of the port, and the registered port where SCL is silent."""

_IEC104_NUMBERS = {
    "k": ("K-FACTOR", "RG1-K-FACTOR"),
    "w": ("W-FACTOR", "RG1-W-FACTOR"),
    "t0_s": ("TIMEOUT-0", "RG1-TIMEOUT-0"),
    "t1_s": ("TIMEOUT-1", "RG1-TIMEOUT-1"),
    "t2_s": ("TIMEOUT-2", "RG1-TIMEOUT-2"),
    "t3_s": ("TIMEOUT-3", "RG1-TIMEOUT-3"),
}
"""Settings of IEC 60870-5-104 and the P types of IEC 61850-80-1 that give them (RG1: first redundancy group)."""

Settings = dict[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class LinkTable:
    """Links in the order of the IEDs, and what SCL says of links that cannot be used."""

    links: tuple[LinkConfig, ...]
    findings: tuple[ConfigError, ...]


def protocol_of(scl: Scl, ied: str) -> str:
    """'iec61850' or 'iec104' by the sub-network the IED is in; '' when it is in none that we speak."""
    connection = _connection(scl, ied)
    return PROTOCOLS[connection.network_type] if connection else ""


def links(scl: Scl) -> tuple[LinkConfig, ...]:
    """One LinkConfig per IED that can be reached; its name is the IED's. What is unusable is left out."""
    return link_table(scl).links


def link_table(scl: Scl) -> LinkTable:
    """The links and the findings of an SCD."""
    made: list[LinkConfig] = []
    findings = [_no_such_ied(scl, each) for each in scl.connections if each.ied not in {ied.name for ied in scl.ieds}]
    for ied in scl.ieds:
        connection = _connection(scl, ied.name)
        if connection is None:
            remedy = f"add a ConnectedAP to a SubNetwork of type {' or '.join(PROTOCOLS)}"
            findings.append(ConfigError(scl.file, ied.line, f"IED '{ied.name}' has no address", remedy))
            continue
        try:
            made.append(_link(ied, connection, scl.file))
        except ConfigError as error:
            findings.append(error)
    return LinkTable(tuple(made), tuple(findings))


def _no_such_ied(scl: Scl, connection: Connection) -> ConfigError:
    problem = f"the ConnectedAP of '{connection.ied}' belongs to no IED"
    return ConfigError(scl.file, connection.line, problem, "add the IED or remove the ConnectedAP")


def _connection(scl: Scl, ied: str) -> Connection | None:
    order = list(PROTOCOLS)
    usable = [each for each in scl.connections if each.ied == ied and each.network_type in PROTOCOLS]
    return min(usable, key=lambda each: order.index(each.network_type), default=None)


def _link(ied: Ied, connection: Connection, file: str) -> LinkConfig:
    protocol = PROTOCOLS[connection.network_type]
    host = _first(connection.parameters, _HOST)
    if host is None:
        remedy = f'add <P type="{_HOST[0]}">'
        raise ConfigError(file, connection.line, f"the ConnectedAP of '{ied.name}' has no IP address", remedy)
    types, registered = _PORTS[protocol]
    port = _number(connection, types, file) or registered
    return LinkConfig(ied.name, protocol, ied.name, host, port, _SETTINGS[protocol](ied, connection, file))


def _first(parameters: Mapping[str, str], types: Sequence[str]) -> str | None:
    return next((parameters[each] for each in types if parameters.get(each)), None)


def _number(connection: Connection, types: Sequence[str], file: str) -> int | None:
    text = _first(connection.parameters, types)
    if text is not None and not text.isdecimal():
        problem = f"{types[0]} of '{connection.ied}' is '{text}'"
        raise ConfigError(file, connection.line, problem, "write a whole number")
    return None if text is None else int(text)


def _iec104_settings(ied: Ied, connection: Connection, file: str) -> Settings:
    numbers = {name: _number(connection, types, file) for name, types in _IEC104_NUMBERS.items()}
    return {name: number for name, number in numbers.items() if number is not None}


def _mms_settings(ied: Ied, connection: Connection, file: str) -> Settings:
    """Report control blocks to enable (any free instance), and what they must look like in the device."""
    controls = [each for each in ied.report_controls if each.data_set]
    settings: Settings = {"reports": ",".join(each.reference for each in controls)}
    for each in controls:
        settings[f"conf_rev:{each.reference}"] = each.conf_rev
        settings[f"data_set:{each.reference}"] = f"{each.holder.partition('/')[2]}.{each.data_set}"
    return settings


_SETTINGS: dict[str, Callable[[Ied, Connection, str], Settings]] = {
    "iec61850": _mms_settings,
    "iec104": _iec104_settings,
}
