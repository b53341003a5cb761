"""The IED sections: logical devices, logical nodes with their 80-1 addresses, data sets and report control blocks."""

from __future__ import annotations

from models.scl.document import Element
from sim_ied.scd import signals
from sim_ied.scd.data_types import NODES, object_type
from sim_ied.scd.markup import add, add_address
from sim_ied.scd.plan import ACCESS_POINT, MMS, PlannedDevice, PlannedIed, PlannedNode
from sim_ied.scd.signals import Signal

VENDOR = "Ringmain"
SOFTWARE = "1"
_CLIENTS = 4  # instances of each report control block: front end, its stand-by, engineering, test

_ATTRIBUTES_OF_DATA_SETS = {"dsStatus": "ST", "dsMeasurands": "MX"}
"""Data set to the functional constraint of its members."""

_SERVICES: tuple[tuple[str, dict[str, str]], ...] = (
    ("DynAssociation", {}),
    ("GetDirectory", {}),
    ("GetDataObjectDefinition", {}),
    ("DataObjectDirectory", {}),
    ("GetDataSetValue", {}),
    ("DataSetDirectory", {}),
    ("ConfDataSet", {"max": "8", "maxAttributes": "200", "modify": "false"}),
    ("ReadWrite", {}),
    ("ConfReportControl", {"max": "8", "bufMode": "both"}),
    ("GetCBValues", {}),
    (
        "ReportSettings",
        {"rptID": "Dyn", "optFields": "Dyn", "bufTime": "Dyn", "trgOps": "Dyn", "intgPd": "Dyn", "resvTms": "true"},
    ),
    ("ConfLNs", {"fixPrefix": "true", "fixLnInst": "true"}),
)


def add_ied(root: Element, ied: PlannedIed) -> None:
    """One IED with its access point."""
    made = add(root, "IED", name=ied.name, desc=ied.description, manufacturer=VENDOR, configVersion=SOFTWARE)
    if ied.network_type == MMS:
        services = add(made, "Services", nameLength=64)
        for name, attributes in _SERVICES:
            add(services, name, **attributes)
        if ied.setting_groups > 1:
            add(services, "SettingGroups")
    server = add(add(made, "AccessPoint", name=ACCESS_POINT), "Server")
    add(server, "Authentication", none="true")
    for device in ied.devices:
        _add_device(server, ied, device)


def _add_device(server: Element, ied: PlannedIed, device: PlannedDevice) -> None:
    made = add(server, "LDevice", inst=device.instance)
    for node in device.nodes:
        ln_class = NODES[node.table.type_id].ln_class
        kind = "LN0" if ln_class == "LLN0" else "LN"
        logical_node = add(made, kind, lnClass=ln_class, inst=node.table.instance, lnType=node.table.type_id)
        if kind == "LN0" and ied.network_type == MMS:
            _add_data_sets(logical_node, device)
            _add_reports(logical_node, ied)
        _add_instances(logical_node, ied, node)
        if kind == "LN0" and ied.setting_groups > 1:
            add(logical_node, "SettingControl", numOfSGs=ied.setting_groups, actSG=1)


def _add_data_sets(logical_node: Element, device: PlannedDevice) -> None:
    for name, constraint in _ATTRIBUTES_OF_DATA_SETS.items():
        data_set = add(logical_node, "DataSet", name=name)
        for node in device.nodes:
            for signal in node.table.signals:
                path = tuple(signal.path.split("."))
                if _constraint(node, path) == constraint:
                    add(
                        data_set,
                        "FCDA",
                        ldInst=device.instance,
                        lnClass=NODES[node.table.type_id].ln_class,
                        lnInst=node.table.instance,
                        doName=signal.path,
                        fc=constraint,
                    )


def _constraint(node: PlannedNode, path: tuple[str, ...]) -> str:
    return "MX" if object_type(node.table.type_id, path).cdc in ("MV", "CMV", "APC") else "ST"


def _add_reports(logical_node: Element, ied: PlannedIed) -> None:
    """Status is buffered and sent at once; measurands are gathered for a quarter of a second and not buffered."""
    rows = (
        ("brcbStatus", "dsStatus", "true", 0, 60_000),
        ("urcbMeasurands", "dsMeasurands", "false", 250, 10_000),
    )
    for name, data_set, buffered, gather_ms, integrity_ms in rows:
        control = add(
            logical_node,
            "ReportControl",
            name=name,
            datSet=data_set,
            rptID=f"{ied.name}/{data_set}",
            confRev=1,
            buffered=buffered,
            bufTime=gather_ms,
            intgPd=integrity_ms,
            indexed="true",
        )
        add(control, "TrgOps", dchg="true", qchg="true", period="true", gi="true")
        optional = {"entryID": "true", "bufOvfl": "true"} if buffered == "true" else {"bufOvfl": "false"}
        add(
            control,
            "OptFields",
            seqNum="true",
            timeStamp="true",
            dataSet="true",
            reasonCode="true",
            configRef="true",
            **optional,
        )
        add(control, "RptEnabled", max=_CLIENTS)


def _add_instances(logical_node: Element, ied: PlannedIed, node: PlannedNode) -> None:
    if node.table.type_id == "LLN0":
        plate = add(logical_node, "DOI", name="NamPlt")
        for name, text in (("vendor", VENDOR), ("swRev", SOFTWARE), ("configRev", SOFTWARE)):
            add(add(plate, "DAI", name=name), "Val", text)
    objects: dict[str, Element] = {}
    for signal in node.table.signals:
        first, *parts = signal.path.split(".")
        if first not in objects:
            objects[first] = add(logical_node, "DOI", name=first)
        _add_signal(objects[first], ied, node, signal, parts)


def _add_signal(data_object: Element, ied: PlannedIed, node: PlannedNode, signal: Signal, parts: list[str]) -> None:
    cdc = object_type(node.table.type_id, tuple(signal.path.split("."))).cdc
    value = [*parts, *signals.VALUE_PATHS.get(cdc, "stVal").split(".")]
    monitor = _attribute(data_object, value)
    add_address(monitor, ied.common_address, node.base + signal.number, signals.MONITOR_TYPES[cdc])
    if signal.command:
        command = _attribute(data_object, signals.COMMAND_PATHS.get(cdc, "Oper.ctlVal").split("."))
        add_address(command, ied.common_address, node.base + signal.command, signals.COMMAND_TYPES[cdc])
    if cdc in signals.COMMAND_TYPES and (signal.command or node.table.control_model == signals.STATUS_ONLY):
        add(_attribute(data_object, ["ctlModel"]), "Val", node.table.control_model)


def _attribute(data_object: Element, path: list[str]) -> Element:
    """The DAI at a path below a data object, inside SDI elements."""
    parent = data_object
    for name in path[:-1]:
        parent = add(parent, "SDI", name=name)
    return add(parent, "DAI", name=path[-1])
