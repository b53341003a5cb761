"""libiec61850 as an independent MMS server in a process of its own: `mms_server.py PORT`.

Model: IED1LD0 with LLN0.Loc (SPS), CSWI1.Pos (DPC, sbo-with-enhanced-security), CSWI2.Pos (DPC, direct),
MMXU1.TotW (MV); data sets dsStatus and dsMeasurands, blocks brcbStatus01 (confRev 7) and urcbMeasurands01 (confRev 3).
urcbSpare01 has no data set: a client may give it one of its own. LLN0.SGCB has three setting groups.
Prints `ready`, then answers each JSON line with {"result": ...}.

| order | |
|---|---|
| `{"position": [NODE, DBPOS, TIME_MS, QUALITY]}` | CSWI1 or CSWI2 moves |
| `{"power": [WATT]}` | TotW |
| `{"check": [ADD_CAUSE or null]}` | refuse commands on CSWI1 |
| `{"end": [ADD_CAUSE or null]}` | terminate commands on CSWI1 so; null moves it |
| `{"group": []}` | number of the active setting group |
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import libiec61850 as lib

SBO_ENHANCED, DIRECT_NORMAL, HAS_CANCEL, ORIGIN, CTL_NUM = 4, 1, 16, 64, 128
TRIGGERS, OPTIONS = 1 | 2 | 8 | 16, 1 | 2 | 4 | 8 | 32 | 64 | 128
CHECK_ACCEPTED, CHECK_DENIED = -1, 3
FAILED, DONE = 0, 1
OFF, ON = 1, 2
UNKNOWN_ERROR = 1
GROUPS = 3
GROUP_HANDLER = ctypes.CFUNCTYPE(lib.B, lib.P, lib.P, ctypes.c_uint8, lib.P)  # parameter, block, group, connection

lib.SIGNATURES.update(
    {
        "SettingGroupControlBlock_create": (lib.P, (lib.P, ctypes.c_uint8, ctypes.c_uint8)),
        "IedServer_setActiveSettingGroupChangedHandler": (None, (lib.P, lib.P, GROUP_HANDLER, lib.P)),
        "IedServer_getActiveSettingGroup": (ctypes.c_uint8, (lib.P, lib.P)),
    }
)


class Server:
    """The model, the server and what it does with commands."""

    def __init__(self, port: int) -> None:
        self.c = c = lib.Library()
        self.cause: int | None = None
        self.ending: int | None = None
        model = c.IedModel_create(b"IED1")
        device = c.LogicalDevice_create(b"LD0", model)
        zero = c.LogicalNode_create(b"LLN0", device)
        self.local = c.CDC_SPS_create(b"Loc", zero, 0)
        self.switches = {
            name: c.CDC_DPC_create(b"Pos", c.LogicalNode_create(name.encode(), device), 0, options)
            for name, options in (
                ("CSWI1", SBO_ENHANCED | HAS_CANCEL | ORIGIN | CTL_NUM),
                ("CSWI2", DIRECT_NORMAL | ORIGIN | CTL_NUM),
            )
        }
        self.watts = c.CDC_MV_create(b"TotW", c.LogicalNode_create(b"MMXU1", device), 0, False)
        self.reports(zero)
        self.groups = c.SettingGroupControlBlock_create(zero, 1, GROUPS)
        self.server = self.created(model)
        self.handlers = [lib.CHECK_HANDLER(self.check_command), lib.CONTROL_HANDLER(self.execute)]
        for switch in self.switches.values():
            c.IedServer_setPerformCheckHandler(self.server, switch, self.handlers[0], switch)
            c.IedServer_setControlHandler(self.server, switch, self.handlers[1], switch)
        self.taken = GROUP_HANDLER(lambda *_: True)
        c.IedServer_setActiveSettingGroupChangedHandler(self.server, self.groups, self.taken, None)
        c.IedServer_start(self.server, port)

    def created(self, model: int) -> Any:
        return self.c.IedServer_create(model)

    def reports(self, zero: int) -> None:
        sets = {b"dsStatus": (b"CSWI1$ST$Pos", b"CSWI2$ST$Pos", b"LLN0$ST$Loc"), b"dsMeasurands": (b"MMXU1$MX$TotW",)}
        for name, members in sets.items():
            data_set = self.c.DataSet_create(name, zero)
            for member in members:
                self.c.DataSetEntry_create(data_set, member, -1, None)
        create = self.c.ReportControlBlock_create
        create(b"brcbStatus01", zero, b"status", True, b"dsStatus", 7, TRIGGERS, OPTIONS, 0, 0)
        create(b"urcbMeasurands01", zero, b"measurands", False, b"dsMeasurands", 3, TRIGGERS, OPTIONS, 0, 0)
        create(b"urcbSpare01", zero, None, False, None, 0, TRIGGERS, OPTIONS, 0, 0)

    def attribute(self, data_object: int, *path: bytes) -> Any:
        node = data_object
        for name in path:
            node = self.c.ModelNode_getChild(node, name)
        return node

    def stamp(self, data_object: int, time_ms: int, quality: int = 0) -> None:
        self.c.IedServer_updateUTCTimeAttributeValue(self.server, self.attribute(data_object, b"t"), time_ms)
        self.c.IedServer_updateQuality(self.server, self.attribute(data_object, b"q"), quality)

    def move(self, switch: int, dbpos: int, time_ms: int, quality: int = 0) -> None:
        self.c.IedServer_lockDataModel(self.server)
        self.stamp(switch, time_ms, quality)
        self.c.IedServer_updateDbposValue(self.server, self.attribute(switch, b"stVal"), dbpos)
        self.c.IedServer_unlockDataModel(self.server)

    def check_command(self, action: int, _: int, __: int, ___: bool, interlock: bool) -> int:
        if self.cause is None or not interlock:
            return CHECK_ACCEPTED
        self.c.ControlAction_setAddCause(action, self.cause)
        return CHECK_DENIED

    def execute(self, action: int, switch: int, value: int, _: bool) -> int:
        if self.ending is not None:
            self.c.ControlAction_setError(action, UNKNOWN_ERROR)
            self.c.ControlAction_setAddCause(action, self.ending)
            return FAILED
        self.move(switch, ON if self.c.MmsValue_getBoolean(value) else OFF, time.time_ns() // 1_000_000)
        return DONE

    # --- orders ---

    def position(self, name: str, dbpos: int, time_ms: int, quality: int) -> None:
        self.move(self.switches[name], dbpos, time_ms, quality)

    def power(self, watt: float) -> None:
        self.c.IedServer_lockDataModel(self.server)
        self.stamp(self.watts, time.time_ns() // 1_000_000)
        magnitude = self.attribute(self.watts, b"mag", b"f")
        self.c.IedServer_updateFloatAttributeValue(self.server, magnitude, watt)
        self.c.IedServer_unlockDataModel(self.server)

    def check(self, cause: int | None) -> None:
        self.cause = cause

    def end(self, cause: int | None) -> None:
        self.ending = cause

    def group(self) -> int:
        return int(self.c.IedServer_getActiveSettingGroup(self.server, self.groups))


def main(server: Server) -> None:
    print("ready" if server.c.IedServer_isRunning(server.server) else "cannot listen", flush=True)
    orders = {
        "position": server.position,
        "power": server.power,
        "check": server.check,
        "end": server.end,
        "group": server.group,
    }
    for line in sys.stdin:
        ((order, arguments),) = json.loads(line).items()
        print(json.dumps({"result": orders[order](*arguments)}), flush=True)


if __name__ == "__main__":
    main(Server(int(sys.argv[1])))
