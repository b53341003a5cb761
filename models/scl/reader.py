"""Reads an SCL file (IEC 61850-6, editions 1 to 2.1) into models.scl.elements.Scl."""

from __future__ import annotations

from models.errors import ConfigError
from models.scl.device import DeviceReader
from models.scl.document import Element, children, line_of, parse, text_of
from models.scl.elements import Connection, Ied, Scl
from models.scl.process import ProcessReader
from models.scl.templates import Templates


def read_scl(data: bytes, file: str) -> Scl:
    """Everything of the file that we use; `file` is its name for messages.

    Raises ConfigError when it is no SCL at all. What is wrong inside stands in `findings`; the rest remains usable.
    """
    root = parse(data, file)
    process = ProcessReader(file)
    process.read(root)
    findings = list(process.findings)
    ieds: dict[str, Ied] = {}
    for element in children(root, "IED"):
        reader = DeviceReader(element, file)
        ied = reader.read()
        findings += reader.findings
        if ied.name in ieds:
            problem = f"IED '{ied.name}' stands already in line {ieds[ied.name].line}"
            findings.append(ConfigError(file, ied.line, problem, "rename or remove one of them"))
        ieds.setdefault(ied.name, ied)
    return Scl(
        file=file,
        places=process.places,
        uses=tuple(process.uses),
        ieds=tuple(ieds.values()),
        connections=tuple(_connections(root)),
        templates=Templates(root),
        findings=tuple(findings),
    )


def _connections(root: Element) -> list[Connection]:
    return [
        Connection(
            ied=each.get("iedName", ""),
            access_point=each.get("apName", ""),
            network=network.get("name", ""),
            network_type=network.get("type", ""),
            parameters={p.get("type", ""): text_of(p) for address in children(each, "Address") for p in address},
            line=line_of(each),
        )
        for section in children(root, "Communication")
        for network in children(section, "SubNetwork")
        for each in children(network, "ConnectedAP")
    ]
