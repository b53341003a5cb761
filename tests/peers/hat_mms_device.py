"""A device on hat-drivers' MMS server, which knows services and nothing of IEC 61850: model, reports and controls are
what IEC 61850-8-1 makes of them, written here a third time.

IED1LD0 with CSWI2.Pos (direct, normal security), MMXU1.TotW, data set dsStatus and block brcbStatus01 (confRev 7).
"""

from __future__ import annotations

import datetime
from typing import Any

from tests.peers.hat_61850 import mms, net

LD = "IED1LD0"
BLOCK = "LLN0$BR$brcbStatus01"
MEMBERS = ("CSWI2$ST$Pos", "MMXU1$MX$TotW")
DATA_CHANGE, GENERAL = 1, 5
TIME_OF_ENTRY = 2
"""Bits of ReasonCode and of OptFlds."""
_GOOD = mms.BitStringData([False] * 13)
_KINDS: dict[type, Any] = {
    mms.BooleanData: mms.BooleanTypeDescription(),
    mms.IntegerData: mms.IntegerTypeDescription(32),
    mms.UnsignedData: mms.UnsignedTypeDescription(32),
    mms.FloatingPointData: mms.FloatingPointTypeDescription(32, 8),
    mms.VisibleStringData: mms.VisibleStringTypeDescription(-255),
    mms.OctetStringData: mms.OctetStringTypeDescription(-64),
    mms.UtcTimeData: mms.UtcTimeTypeDescription(),
    mms.BinaryTimeData: mms.BinaryTimeTypeDescription(True),
}


def stamp(time_ns: int) -> mms.UtcTimeData:
    seconds = datetime.datetime.fromtimestamp(time_ns // 10**9, datetime.UTC)
    return mms.UtcTimeData(
        seconds.replace(microsecond=time_ns % 10**9 // 1000, tzinfo=datetime.UTC), False, False, False, 10
    )


def _model() -> dict[str, Any]:
    times = {"q": _GOOD, "t": stamp(0)}
    origin = {"orCat": mms.IntegerData(0), "orIdent": mms.OctetStringData(b"")}
    order = {"ctlVal": mms.BooleanData(False), "origin": origin, "ctlNum": mms.UnsignedData(0), "T": stamp(0)}
    checks = {"Test": mms.BooleanData(False), "Check": mms.BitStringData([False, False])}
    block = {
        "RptID": mms.VisibleStringData("status"),
        "RptEna": mms.BooleanData(False),
        "DatSet": mms.VisibleStringData(f"{LD}/LLN0$dsStatus"),
        "ConfRev": mms.UnsignedData(7),
        "OptFlds": mms.BitStringData([False] * 10),
        "BufTm": mms.UnsignedData(0),
        "SqNum": mms.UnsignedData(0),
        "TrgOps": mms.BitStringData([False] * 6),
        "IntgPd": mms.UnsignedData(0),
        "GI": mms.BooleanData(False),
        "PurgeBuf": mms.BooleanData(False),
        "EntryID": mms.OctetStringData(bytes(8)),
        "TimeOfEntry": mms.BinaryTimeData(datetime.datetime.now(datetime.UTC)),
    }
    position = {"stVal": mms.BitStringData([False, True]), **times}
    return {
        "LLN0": {"BR": {"brcbStatus01": block}},
        "CSWI2": {
            "ST": {"Pos": position},
            "CF": {"Pos": {"ctlModel": mms.IntegerData(1)}},
            "CO": {"Pos": {"Oper": {**order, **checks}}},
        },
        "MMXU1": {"MX": {"TotW": {"mag": {"f": mms.FloatingPointData(0.0)}, **times}}},
    }


class HatDevice:
    """`open`, then `port`. refusal: AddCause for the next commands."""

    def __init__(self) -> None:
        self.model, self.port, self.refusal = _model(), 0, 0
        self._entries: list[tuple[int, dict[int, int], list[Any]]] = []
        self._count = self._sent = 0
        self._connection: mms.Connection | None = None

    async def open(self) -> None:
        self._server = await mms.listen(self._connected, net.TcpAddress("127.0.0.1", 0), self._answer)
        self.port = self._server.info.addresses[0].port

    async def close(self) -> None:
        await self._server.async_close()

    async def hang_up(self) -> None:
        assert self._connection is not None
        self._block["RptEna"] = mms.BooleanData(False)
        await self._connection.async_close()

    async def position(self, on: bool, time_ns: int) -> None:
        self.model["CSWI2"]["ST"]["Pos"] |= {"stVal": mms.BitStringData([on, not on]), "t": stamp(time_ns)}
        await self._event({0: DATA_CHANGE})

    async def power(self, watt: float, time_ns: int) -> None:
        self.model["MMXU1"]["MX"]["TotW"] |= {"mag": {"f": mms.FloatingPointData(watt)}, "t": stamp(time_ns)}
        await self._event({1: DATA_CHANGE})

    # -- services

    def _connected(self, connection: mms.Connection) -> None:
        self._connection = connection
        self._block["RptEna"] = mms.BooleanData(False)

    async def _answer(self, _: mms.Connection, request: Any) -> Any:
        match request:
            case mms.StatusRequest():
                return mms.StatusResponse(0, 0)
            case mms.IdentifyRequest():
                return mms.IdentifyResponse("hat", "device", "1", None)
            case mms.GetNameListRequest():
                return mms.GetNameListResponse(self._names(request.object_class, request.continue_after), False)
            case mms.GetVariableAccessAttributesRequest():
                found = self._at(request.value.item_id)
                return _MISSING if found is None else mms.GetVariableAccessAttributesResponse(False, _kind(found))
            case mms.GetNamedVariableListAttributesRequest():
                names = [mms.NameVariableSpecification(mms.DomainSpecificObjectName(LD, each)) for each in MEMBERS]
                return mms.GetNamedVariableListAttributesResponse(False, names)
            case mms.ReadRequest():
                return mms.ReadResponse([self._read(each.name.item_id) for each in request.value])
            case mms.WriteRequest():
                pairs = zip(request.specification, request.data, strict=True)
                return mms.WriteResponse([await self._write(each.name.item_id, data) for each, data in pairs])
        return mms.ServiceError.OTHER

    def _names(self, kind: mms.ObjectClass, after: str | None) -> list[str]:
        lists = {mms.ObjectClass.DOMAIN: [LD], mms.ObjectClass.NAMED_VARIABLE_LIST: ["LLN0$dsStatus"]}
        names = lists.get(kind, [])
        if kind is mms.ObjectClass.NAMED_VARIABLE:
            names = sorted(_paths(self.model))
        return names[names.index(after) + 1 :] if after in names else names

    def _at(self, item: str) -> Any:
        found: Any = self.model
        for name in item.split("$"):
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def _read(self, item: str) -> Any:
        found = self._at(item)
        return mms.DataAccessError.OBJECT_NON_EXISTENT if found is None else _data(found)

    async def _write(self, item: str, data: Any) -> mms.DataAccessError | None:
        parent, _, name = item.rpartition("$")
        if item.endswith("$CO$Pos$Oper"):
            return await self._operate(item, data)
        if parent != BLOCK or name not in self._block:
            return mms.DataAccessError.OBJECT_ACCESS_DENIED
        if name == "EntryID":
            self._sent = int.from_bytes(data.value, "big")
        if name == "OptFlds":  # no TimeOfEntry: hat writes seconds of the day where ISO 9506-2 has milliseconds
            data = mms.BitStringData([bit and number != TIME_OF_ENTRY for number, bit in enumerate(data.value)])
        self._block[name] = data
        if name == "RptEna" and data.value:
            self._block["SqNum"] = mms.UnsignedData(0)
            await self._flush()
        if name == "GI" and data.value:
            await self._event(dict.fromkeys(range(len(MEMBERS)), GENERAL))
        return None

    async def _operate(self, item: str, data: Any) -> mms.DataAccessError | None:
        value, origin, number, _, __, ___ = data.elements
        if self.refusal:
            told = (mms.VisibleStringData(f"{LD}/{item}"), mms.IntegerData(0), origin, number)
            error = mms.StructureData([*told, mms.IntegerData(self.refusal)])
            name = mms.NameVariableSpecification(mms.VmdSpecificObjectName("LastApplError"))
            await self._tell([name], [error])
            return mms.DataAccessError.OBJECT_ACCESS_DENIED
        await self.position(value.value, int(datetime.datetime.now(datetime.UTC).timestamp() * 1e3) * 10**6)
        return None

    # -- reports

    @property
    def _block(self) -> dict[str, Any]:
        return self.model["LLN0"]["BR"]["brcbStatus01"]  # type: ignore[no-any-return]

    async def _event(self, reasons: dict[int, int]) -> None:
        self._count += 1
        values = [_data(self._at(MEMBERS[member])) for member in reasons]
        self._entries.append((self._count, reasons, values))
        self._block["EntryID"] = mms.OctetStringData(self._count.to_bytes(8, "big"))
        if self._block["RptEna"].value:
            await self._flush()

    async def _flush(self) -> None:
        for number, reasons, values in self._entries:
            if number > self._sent:
                self._sent = number
                await self._tell(mms.VmdSpecificObjectName("RPT"), self._report(number, reasons, values))

    def _report(self, number: int, reasons: dict[int, int], values: list[Any]) -> list[Any]:
        block, wanted = self._block, [*self._block["OptFlds"].value]
        sequence = block["SqNum"]
        block["SqNum"] = mms.UnsignedData(sequence.value + 1)
        entry = mms.OctetStringData(number.to_bytes(8, "big"))
        heading = (
            *((1, sequence), (4, block["DatSet"])),
            *((6, mms.BooleanData(False)), (7, entry), (8, block["ConfRev"])),
        )
        included = mms.BitStringData([member in reasons for member in range(len(MEMBERS))])
        causes = [mms.BitStringData([bit == reason for bit in range(7)]) for reason in reasons.values()]
        told = [value for bit, value in heading if wanted[bit]]
        return [block["RptID"], block["OptFlds"], *told, included, *values, *(causes if wanted[3] else [])]

    async def _tell(self, names: Any, data: list[Any]) -> None:
        assert self._connection is not None
        await self._connection.send_unconfirmed(mms.InformationReportUnconfirmed(names, data))


_MISSING = mms.AccessError.OBJECT_NON_EXISTENT


def _data(found: Any) -> Any:
    return mms.StructureData([_data(each) for each in found.values()]) if isinstance(found, dict) else found


def _kind(found: Any) -> Any:
    if isinstance(found, dict):
        return mms.StructureTypeDescription([(name, _kind(each)) for name, each in found.items()])
    if isinstance(found, mms.BitStringData):
        return mms.BitStringTypeDescription(-len(list(found.value)))
    return _KINDS[type(found)]


def _paths(found: dict[str, Any], before: str = "") -> list[str]:
    paths = []
    for name, each in found.items():
        paths += [before + name, *(_paths(each, f"{before}{name}$") if isinstance(each, dict) else [])]
    return paths
