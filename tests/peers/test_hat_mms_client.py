"""IEDs of `ringmain sim --scl FILE` under the clients of hat-drivers: hat.drivers.mms, hat.drivers.iec61850."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sim_ied.disturbance import Disturbance
from sim_ied.scl_site.simulator import SclSimulator
from tests.peers.hat_61850 import iec61850, mms, net
from tests.protocols.iec61850.bench import ICD
from tests.sim_ied.scl_site.sites import simulated

LD = "IED1LD0"
BLOCK = iec61850.RcbRef(LD, "LLN0", iec61850.RcbType.BUFFERED, "brcbStatus01")
FAST, PATIENCE_S = 50.0, 5.0
OFF, ON = iec61850.DoublePoint.OFF, iec61850.DoublePoint.ON

Basic, Acsi = iec61850.BasicValueType, iec61850.AcsiValueType
_Q_T = [("q", Acsi.QUALITY), ("t", Acsi.TIMESTAMP)]
_ORIGIN = iec61850.StructValueType([("orCat", Basic.INTEGER), ("orIdent", Basic.OCTET_STRING)])
POSITION = iec61850.StructValueType(
    [("origin", _ORIGIN), ("ctlNum", Basic.UNSIGNED), ("stVal", Acsi.DOUBLE_POINT), *_Q_T]
)
SINGLE = iec61850.StructValueType([("stVal", Basic.BOOLEAN), *_Q_T])
NUMBER = iec61850.StructValueType([("stVal", Basic.INTEGER), *_Q_T])
TRIP = iec61850.StructValueType([("general", Basic.BOOLEAN), *_Q_T])
PICKUP = iec61850.StructValueType([("general", Basic.BOOLEAN), ("dirGeneral", Basic.INTEGER), *_Q_T])
MEMBERS = {
    iec61850.DataRef(LD, node, "ST", (name,)): kind
    for node, name, kind in (
        *((f"CSWI{number}", "Pos", POSITION) for number in (1, 2, 3)),
        *(("XCBR1", "EEHealth", NUMBER), ("PTRC1", "Tr", TRIP), ("PTOC1", "Str", PICKUP)),
        *(("RREC1", "BlkRec", SINGLE), ("LLN0", "Beh", NUMBER)),
    )
}
SWITCHES = {number: iec61850.CommandRef(LD, f"CSWI{number}", "Pos") for number in (1, 2, 3, 5)}


class Station:
    """A connection of hat's client, and what it has heard."""

    def __init__(self, client: iec61850.Client, reports: asyncio.Queue[Any], terminations: asyncio.Queue[Any]) -> None:
        self.client, self.reports, self.terminations = client, reports, terminations
        self._number = 0

    def command(self, value: bool) -> iec61850.Command:
        self._number += 1
        stamp = iec61850.Timestamp(datetime.datetime.now(datetime.UTC), False, False, False, 10)
        origin = iec61850.Origin(iec61850.OriginCategory.STATION_CONTROL, b"hat")
        return iec61850.Command(value, None, origin, self._number, stamp, False, {iec61850.Check.INTERLOCK})

    async def report(self) -> iec61850.Report:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reports.get()  # type: ignore[no-any-return]

    async def position(self, member: int, value: iec61850.DoublePoint) -> iec61850.Report:
        """The next report in which a switch shows that."""
        wanted = list(MEMBERS)[member]
        while True:
            report = await self.report()
            if any(each.ref == wanted and each.value["stVal"] is value for each in report.data):
                return report

    async def enable(self, *attributes: tuple[iec61850.RcbAttrType, Any]) -> None:
        kinds = iec61850.RcbAttrType
        for each in (*attributes, (kinds.REPORT_ENABLE, True)):
            assert await self.client.set_rcb_attrs(BLOCK, [each]) == {each[0]: None}


@asynccontextmanager
async def station(simulator: SclSimulator) -> AsyncIterator[Station]:
    reports: asyncio.Queue[Any] = asyncio.Queue()
    terminations: asyncio.Queue[Any] = asyncio.Queue()
    client = await iec61850.connect(
        net.TcpAddress(*simulator.addresses["IED1"]),
        data_value_types=MEMBERS,
        cmd_value_types=dict.fromkeys(SWITCHES.values(), Basic.BOOLEAN),
        report_data_refs={"status": list(MEMBERS)},
        report_cb=reports.put_nowait,
        termination_cb=terminations.put_nowait,
        status_delay=0.05,
    )
    try:
        yield Station(client, reports, terminations)
    finally:
        await client.async_close()


def play(scene: Callable[[SclSimulator], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with simulated(ICD, speed=FAST) as simulator:
            await scene(simulator)

    asyncio.run(whole())


async def names(connection: mms.Connection, kind: mms.ObjectClass, scope: Any) -> list[str]:
    found: list[str] = []
    more = True
    while more:
        answer = await connection.send_confirmed(mms.GetNameListRequest(kind, scope, found[-1] if found else None))
        assert isinstance(answer, mms.GetNameListResponse)
        found += answer.identifiers
        more = answer.more_follows
    return found


def test_everything_is_browsed_and_read() -> None:
    async def scene(simulator: SclSimulator) -> None:
        connection = await mms.connect(net.TcpAddress(*simulator.addresses["IED1"]))
        identity = await connection.send_confirmed(mms.IdentifyRequest())
        assert isinstance(identity, mms.IdentifyResponse)
        assert identity.vendor == "Ringmain"
        assert await names(connection, mms.ObjectClass.DOMAIN, mms.VmdSpecificObjectScope()) == [LD]
        scope = mms.DomainSpecificObjectScope(LD)
        variables = await names(connection, mms.ObjectClass.NAMED_VARIABLE, scope)
        assert {"CSWI1", "CSWI1$ST$Pos$stVal", "LLN0$BR$brcbStatus01$EntryID"} <= set(variables)
        assert "LLN0$dsStatus" in await names(connection, mms.ObjectClass.NAMED_VARIABLE_LIST, scope)
        wrong = []
        for name in variables:
            if "$CO" in name:
                continue
            known = mms.DomainSpecificObjectName(LD, name)
            described = await connection.send_confirmed(mms.GetVariableAccessAttributesRequest(known))
            (value,) = (
                await connection.send_confirmed(mms.ReadRequest([mms.NameVariableSpecification(known)]))
            ).results
            if isinstance(value, mms.DataAccessError) or not isinstance(
                described, mms.GetVariableAccessAttributesResponse
            ):
                wrong.append((name, value, described))
        assert wrong == []
        assert len(variables) > 200
        await connection.async_close()

    play(scene)


def test_buffered_reports_and_what_was_missed() -> None:
    kinds = iec61850.RcbAttrType

    async def scene(simulator: SclSimulator) -> None:
        async with station(simulator) as first:
            options = set(iec61850.OptionalField) - {iec61850.OptionalField.DATA_REFERENCE}
            await first.enable((kinds.OPTIONAL_FIELDS, options))
            assert await first.client.set_rcb_attrs(BLOCK, [(kinds.GI, True)]) == {kinds.GI: None}
            whole = await first.report()
            assert [each.ref for each in whole.data] == list(MEMBERS)
            assert {reason for each in whole.data for reason in each.reasons} == {iec61850.Reason.GENERAL_INTERROGATION}
            assert whole.conf_revision == 7
            assert whole.dataset == iec61850.PersistedDatasetRef(LD, "LLN0", "dsStatus")
            assert await first.client.operate(SWITCHES[2], first.command(False)) is None
            last = await first.position(1, OFF)
        async with station(simulator) as second:
            assert await second.client.operate(SWITCHES[2], second.command(True)) is None
            await second.enable((kinds.ENTRY_ID, last.entry_id))
            missed = await second.position(1, ON)
            assert bytes(missed.entry_id) > bytes(last.entry_id)
            assert not missed.buffer_overflow
            refused = await second.client.set_rcb_attrs(BLOCK, [(kinds.ENTRY_ID, b"\xff" * 8)])
            assert refused[kinds.ENTRY_ID] is not None  # enabled

    play(scene)


def test_all_four_control_models_and_a_refusal() -> None:
    async def scene(simulator: SclSimulator) -> None:
        async with station(simulator) as hat:
            client = hat.client
            assert await client.operate(SWITCHES[2], hat.command(False)) is None
            assert await client.select(SWITCHES[3], None) is None
            assert await client.operate(SWITCHES[3], hat.command(False)) is None
            assert await client.operate(SWITCHES[5], hat.command(False)) is None
            assert await client.select(SWITCHES[1], order := hat.command(False)) is None
            assert await client.operate(SWITCHES[1], order) is None
            async with asyncio.timeout(PATIENCE_S):
                ended = [await hat.terminations.get() for _ in range(2)]
            assert {each.ref for each in ended} == {SWITCHES[1], SWITCHES[5]}
            assert [each.error for each in ended] == [None, None]
            assert await client.select(SWITCHES[1], order := hat.command(True)) is None
            assert await client.cancel(SWITCHES[1], order) is None
            refused = await client.operate(SWITCHES[1], order)
            assert refused is not None
            assert refused.additional_cause is iec61850.AdditionalCause.OBJECT_NOT_SELECTED

    play(scene)


def test_a_command_that_ends_badly_and_data_sets() -> None:
    async def scene(simulator: SclSimulator) -> None:
        await simulator.disturb(Disturbance("stops midway", f"{LD}/CSWI5"))
        async with station(simulator) as hat:
            assert await hat.client.operate(SWITCHES[5], hat.command(False)) is None
            async with asyncio.timeout(PATIENCE_S):
                ended = await hat.terminations.get()
            assert ended.error.additional_cause is iec61850.AdditionalCause.TIME_LIMIT_OVER
            own = iec61850.PersistedDatasetRef(LD, "LLN0", "dsHat")
            assert await hat.client.create_dataset(own, list(MEMBERS)[:2]) is None
            assert list(await hat.client.get_dataset_data_refs(own)) == list(MEMBERS)[:2]
            assert await hat.client.delete_dataset(own) is None
            lasting = iec61850.PersistedDatasetRef(LD, "LLN0", "dsStatus")
            assert await hat.client.delete_dataset(lasting) is not None

    play(scene)
