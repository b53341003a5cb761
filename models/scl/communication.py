"""The Communication section of an SCL file: who is reached where, as its ConnectedAPs and their P elements say."""

from __future__ import annotations

from collections.abc import Iterator

from models.scl.document import Element, children, kind, line_of, stated, text_of
from models.scl.elements import Connection
from models.scl.findings import Findings

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NETWORKS = {
    "8-MMS": "8-MMS",
    "MMS": "8-MMS",
    "8MMS": "8-MMS",
    "IEC61850-8-MMS": "8-MMS",
    "104": "104",
    "IEC104": "104",
}
"""Types of sub-networks as they are written (in capitals), to the type as IEC 61850-8-1 and -80-1 write it."""

_ADDRESSES = ("IP", "RG1-LL1-IP", "LL1-IP", "IPv6")
_SPELLED = {
    each.casefold(): each
    for each in (
        *_ADDRESSES,
        *("IP-SUBNET", "IP-GATEWAY", "OSI-NSAP", "OSI-TSEL", "OSI-SSEL", "OSI-PSEL", "OSI-AP-Title", "OSI-AP-Invoke"),
        *("OSI-AE-Qualifier", "OSI-AE-Invoke", "MAC-Address", "APPID", "VLAN-PRIORITY", "VLAN-ID", "SNTP-Port"),
        *("MMS-Port", "DNSName", "IPv6-SUBNET", "IPv6-GATEWAY", "TCP-PORT", "IP-PORT", "K-FACTOR", "W-FACTOR"),
    )
}
"""P types by their name in small letters; one that is not here stays as it is written."""


class CommunicationReader:
    """Collects the ConnectedAPs of one file, in its order."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._found: dict[tuple[str, str, str], Connection] = {}

    @property
    def connections(self) -> tuple[Connection, ...]:
        return tuple(self._found.values())

    def section(self, element: Element) -> None:
        for network in children(element, "SubNetwork"):
            for each in children(network, "ConnectedAP"):
                self._keep(_connection(network, each, self._findings))

    def _keep(self, connection: Connection) -> None:
        key = (connection.network, connection.ied, connection.access_point)
        first = self._found.setdefault(key, connection)
        if first is not connection:
            what = f"ConnectedAP '{connection.access_point}' of '{connection.ied}'"
            problem = f"{what} stands already in line {first.line}, and the first one counts"
            self._findings.loss(connection.line, problem, "remove one of them")


def _connection(network: Element, element: Element, findings: Findings) -> Connection:
    parameters = dict(_parameters(element))
    name, ied = stated(network, "name"), stated(element, "iedName")
    return Connection(
        ied=ied,
        access_point=stated(element, "apName"),
        network=name,
        network_type=_network_type(network, ied, parameters, findings),
        parameters=parameters,
        line=line_of(element),
    )


def _network_type(network: Element, ied: str, parameters: dict[str, str], findings: Findings) -> str:
    """Edition 1 lets a tool leave it out; an IP address then means MMS, since nothing else of SCL uses one there."""
    text = stated(network, "type")
    if text:
        return _NETWORKS.get(text.upper(), text)
    if not any(each in parameters for each in _ADDRESSES):
        return ""
    problem = f"SubNetwork '{stated(network, 'name')}' has no type; '{ied}' is taken to speak MMS in it"
    findings.remark(line_of(network), problem, 'write type="8-MMS"')
    return "8-MMS"


def _parameters(element: Element) -> Iterator[tuple[str, str]]:
    for address in children(element, "Address"):
        for each in address:
            if kind(each) == "P":
                written = stated(each, "type") or (each.get(_XSI_TYPE) or "").strip().rpartition(":")[2]
                name = written.removeprefix("tP_")
                yield _SPELLED.get(name.casefold(), name), text_of(each)
