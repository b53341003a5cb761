"""One link per IED: protocol by the type of its sub-network, address, protocol settings as SCL states them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from models.driver import LinkConfig
from models.errors import ConfigError
from models.scl.capabilities import FileKind
from models.scl.elements import Connection, Ied, ReportControl, Scl
from models.scl.findings import Finding, Findings, Severity, named

PROTOCOLS = {"8-MMS": "iec61850", "104": "iec104"}
"""Type of a SubNetwork to the protocol's package, in order of preference for an IED that is in both."""

HOST_TYPES = ("IP", "RG1-LL1-IP", "LL1-IP")
"""P types of the host, the first that stands there counts."""
NOWHERE = ("0.0.0.0", "::")  # noqa: S104 - what templates write; whoever connects there reaches himself
_DOTTED = frozenset("0123456789.")
_LAST_PORT = 65535
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
    """Links in the order of the IEDs, what SCL says of links that cannot be used, and what is odd about the others."""

    links: tuple[LinkConfig, ...]
    findings: tuple[ConfigError, ...]
    remarks: tuple[ConfigError, ...] = ()


def protocol_of(scl: Scl, ied: str) -> str:
    """'iec61850' or 'iec104' by the sub-network the IED is in; '' when it is in none that we speak."""
    connection = _connection(scl, scl.ied(ied))
    return PROTOCOLS[connection.network_type] if connection else ""


def reached(scl: Scl, ied: Ied) -> frozenset[str]:
    """Access points whose server the link to that IED reaches; all of them where there is no link."""
    servers = frozenset(each.name for each in ied.access_points if each.has_server)
    connection = _connection(scl, ied)
    if connection is None or len(servers) < 2:
        return servers
    return frozenset({_server_of(ied, connection.access_point)})


def links(scl: Scl) -> tuple[LinkConfig, ...]:
    """One LinkConfig per IED that can be reached; its name is the IED's. What is unusable is left out."""
    return link_table(scl).links


def link_table(scl: Scl) -> LinkTable:
    """The links and the findings of an SCL file."""
    findings = Findings(scl.file)
    _strange_connections(scl, findings)
    made: list[LinkConfig] = []
    for ied in scl.ieds:
        if not any(each.has_server for each in ied.access_points):
            continue  # a client, or a place that is kept free: nothing in it can be asked
        connection = _connection(scl, ied)
        if connection is None:
            _without_address(scl, ied, findings)
            continue
        _unreached(scl, ied, connection, findings)
        try:
            made.append(_link(ied, connection, scl.file))
        except ConfigError as error:
            findings.add(error)
    return LinkTable(tuple(made), findings.blocking, findings.remarks)


def equal_links(scl: Scl, links: Sequence[LinkConfig]) -> Iterator[ConfigError]:
    """Two devices at one address and port: one would be taken for the other, and operated in its place."""
    lines = {connection.ied: connection.line for connection in scl.connections}
    first: dict[tuple[str, int], str] = {}
    for link in links:
        other = first.setdefault((link.host, link.port), link.ied)
        if other != link.ied:
            problem = f"'{link.ied}' and '{other}' have the same address {link.host}:{link.port}"
            remedy = "give each device an address of its own"
            yield Finding(Severity.DANGER, scl.file, lines.get(link.ied), problem, remedy)


def _strange_connections(scl: Scl, findings: Findings) -> None:
    """The file of one device names its partners without bringing them; in that of a system they are missing."""
    names = {ied.name: {each.name for each in ied.access_points} for ied in scl.ieds}
    tell = findings.loss if scl.kind is FileKind.SCD else findings.remark
    for each in scl.connections:
        if each.ied not in names:
            problem = f"the ConnectedAP of '{each.ied}' belongs to no IED"
            tell(each.line, problem, "add the IED or remove the ConnectedAP")
        elif each.access_point not in names[each.ied]:
            problem = (
                f"the ConnectedAP of '{each.ied}' names access point '{each.access_point}', which it does not have"
            )
            findings.remark(each.line, f"{problem}; its address is taken all the same", "correct apName")


def _without_address(scl: Scl, ied: Ied, findings: Findings) -> None:
    """Only the file of a whole system must bring all addresses."""
    remedy = f"add a ConnectedAP to a SubNetwork of type {' or '.join(PROTOCOLS)}"
    tell = findings.loss if scl.kind is FileKind.SCD else findings.remark
    tell(ied.line, f"IED '{ied.name}' has no address", remedy)


def _unreached(scl: Scl, ied: Ied, connection: Connection, findings: Findings) -> None:
    """A link is one association; a second server of its own would need a second one."""
    lost = [each.domain for each in ied.devices if each.access_point not in reached(scl, ied)]
    if lost:
        problem = f"IED '{ied.name}' has servers of its own behind several access points; {named(lost)} is not reached"
        remedy = (
            f"give the device behind the other access point an IED of its own ('{connection.access_point}' is linked)"
        )
        findings.loss(ied.line, problem, remedy)


def _connection(scl: Scl, ied: Ied | None) -> Connection | None:
    """By protocol, then the server with the most logical nodes, then as the file has them."""
    if ied is None:
        return None
    order = list(PROTOCOLS)
    usable = [each for each in scl.connections_of(ied.name) if each.network_type in PROTOCOLS]
    if len(usable) < 2:
        return usable[0] if usable else None
    sizes = Counter(node.access_point for node in ied.logical_nodes)

    def rank(each: Connection) -> tuple[int, int, bool]:
        server = _server_of(ied, each.access_point)
        return order.index(each.network_type), -sizes[server], server != each.access_point

    return min(usable, key=rank)


def _server_of(ied: Ied, access_point: str) -> str:
    """The access point with the server that this one leads to (ServerAt)."""
    found = next((each for each in ied.access_points if each.name == access_point), None)
    return found.server_at if found is not None and found.server_at and not found.has_server else access_point


def _link(ied: Ied, connection: Connection, file: str) -> LinkConfig:
    protocol = PROTOCOLS[connection.network_type]
    host = _first(connection.parameters, HOST_TYPES)
    if host is not None and (host in NOWHERE or not _is_host(host)):
        problem = f"the ConnectedAP of '{ied.name}' has the address {host}, which is none"
        raise ConfigError(file, connection.line, problem, "write the device's own")
    if host is None:
        remedy = f'add <P type="{HOST_TYPES[0]}">'
        raise ConfigError(file, connection.line, f"the ConnectedAP of '{ied.name}' has no IP address", remedy)
    types, registered = _PORTS[protocol]
    port = _number(connection, types, file) or registered
    if port > _LAST_PORT:
        raise ConfigError(file, connection.line, f"{types[0]} of '{ied.name}' is {port}", "write one up to 65535")
    return LinkConfig(ied.name, protocol, ied.name, host, port, _SETTINGS[protocol](ied, connection, file))


def _is_host(text: str) -> bool:
    """An address, or a name that could be one; '10.0.0.999' is neither."""
    if set(text) <= _DOTTED or ":" in text:
        try:
            ip_address(text)
        except ValueError:
            return False
    return not any(each.isspace() for each in text)


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
    controls = reports_to_enable(ied)
    settings: Settings = {"reports": ",".join(each.reference for each in controls)}
    for each in controls:
        if each.conf_rev:
            settings[f"conf_rev:{each.reference}"] = each.conf_rev
        settings[f"data_set:{each.reference}"] = f"{each.holder.partition('/')[2]}.{each.data_set}"
    return settings


def reports_to_enable(ied: Ied) -> list[ReportControl]:
    """One block per data set: buffered before unbuffered, one that is kept for no client before one that is."""
    known = {(each.holder, each.name) for each in ied.data_sets}
    best: dict[tuple[str, str], ReportControl] = {}
    for each in ied.report_controls:
        data_set = (each.holder, each.data_set)
        if data_set in known and each.most_clients:
            best[data_set] = min(best.get(data_set, each), each, key=_preference)
    chosen = {each.reference for each in best.values()}
    return [each for each in ied.report_controls if each.reference in chosen]


def _preference(control: ReportControl) -> tuple[bool, bool]:
    return not control.buffered, bool(control.clients) and len(control.clients) >= control.most_clients


_SETTINGS: dict[str, Callable[[Ied, Connection, str], Settings]] = {
    "iec61850": _mms_settings,
    "iec104": _iec104_settings,
}
