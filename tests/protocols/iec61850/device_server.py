"""An IED as a process of its own: `device_server.py FILE [PORT]`. Prints its port, obeys JSON lines, answers `ok`.

`{"set": [[REFERENCE, VALUE], ...]}` changes values at one instant; a VALUE is a plain one, `{"bits": "0100..."}` or
`{"ns": 123, "clock": 32}`. `{"check": [OBJECT, ADD_CAUSE]}` refuses, `{"end": [OBJECT, "never" | ADD_CAUSE]}` ends a
command so, `null` makes either normal again; it ends "twice", or "early", before its answer.
`{"finish": [OBJECT, ADD_CAUSE]}` ends a command that would never end. `{"time": REFERENCE}` answers with a time.
`{"group": [DOMAIN, NUMBER]}` switches on site; `{"groups": "refuses" | "stays"}` is what the device does when asked.
`{"anew": PORT}` puts a new device in its place and answers with its port.
`{"seen": OBJECT}` answers with the last command instead of `ok`, until `{"forget": OBJECT}`.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from open61850.data import BitStringData, BoolData, OctetStringData, StructureData, TimestampData, UIntData
from open61850.mms import ObjectName
from open61850.server import IedModel, MmsServer
from open61850.server.control import IN_EXECUTION, Command
from open61850.server.model import ACCESS_OBJECT_ACCESS_DENIED


class Device:
    def __init__(self, file: str, port: int) -> None:
        self.model = IedModel.from_scl(file)
        self.server = MmsServer(self.model, "127.0.0.1", port)
        self.server.start()
        self.checks: dict[str, int | None] = {}
        self.ends: dict[str, int | str | None] = {}
        self.seen: dict[str, Command] = {}

    def set(self, changes: list[tuple[str, Any]]) -> str:
        with self.model.batch():
            for reference, value in changes:
                self.model.set(reference, decoded(value))
        return "ok"

    def check(self, reference: str, cause: int | None) -> str:
        self.checks[reference] = cause
        self.server.controls.set_check(reference, lambda command: self.checked(reference, command))
        return "ok"

    def checked(self, reference: str, command: Command) -> int | None:
        self.seen[reference] = command
        if self.ends.get(reference) == "early":
            self.terminate(command)
        return self.checks[reference]

    def end(self, reference: str, ending: int | str | None) -> str:
        self.ends[reference] = ending
        if ending == "early":
            self.check(reference, None)
        self.server.controls.set_handler(reference, lambda command: self.ended(reference, command))
        return "ok"

    def ended(self, reference: str, command: Command) -> int | None:
        self.seen[reference] = command  # in enhanced security the positive answer has gone before this
        ending = self.ends[reference]
        if ending in ("never", "early"):
            return IN_EXECUTION
        if ending == "twice":
            self.terminate(command)
            return self.server.controls.default_handler(command)
        return self.server.controls.default_handler(command) if ending is None else int(ending)

    def terminate(self, command: Command) -> None:
        """A positive CommandTermination, whenever it is asked for."""
        engine = self.server.controls
        name = ObjectName(f"{command.object_item}$Oper", command.domain)
        oper = self.model.get(f"{command.domain}/{command.object_item}$Oper")
        assert isinstance(oper, StructureData)
        oper.members[2] = UIntData(command.ctl_num)
        engine._send_termination(command.client, name, command, oper, None)  # noqa: SLF001 - a device that misbehaves

    def finish(self, reference: str, cause: int | None) -> str:
        self.server.controls.finish(reference, cause)
        return "ok"

    def group(self, domain: str, number: int) -> str:
        assert self.server.setting_groups is not None
        self.server.setting_groups.select_active(domain, number)
        return "ok"

    def groups(self, ending: str) -> str:
        assert self.server.setting_groups is not None
        engine = self.server.setting_groups
        if ending == "stays":
            engine._activate = lambda block, group: None  # type: ignore[method-assign] # noqa: SLF001 - misbehaves
        else:
            engine.on_active = lambda client, domain, group: ACCESS_OBJECT_ACCESS_DENIED
        return "ok"

    def time(self, reference: str) -> str:
        return str(self.model.get(reference))

    def forget(self, reference: str) -> str:
        self.seen.pop(reference, None)
        return "ok"

    def last(self, reference: str) -> str:
        command = self.seen.get(reference)
        if command is None:
            return "{}"
        origin = command.origin
        assert isinstance(origin, StructureData)
        category, identity = origin.members
        assert isinstance(identity, OctetStringData)
        assert isinstance(command.ctl_val, BoolData)
        return json.dumps(
            {
                "value": command.ctl_val.value,
                "category": category.value,
                "identity": identity.value.decode(),
                "number": command.ctl_num,
                "test": command.test,
                "interlock": command.interlock_check,
                "synchro": command.synchro_check,
            }
        )


def decoded(value: Any) -> Any:
    if isinstance(value, dict) and "bits" in value:
        bits = value["bits"]
        octets = (len(bits) + 7) // 8
        unused = octets * 8 - len(bits)
        return BitStringData((int(bits, 2) << unused).to_bytes(octets, "big"), unused)
    if isinstance(value, dict):
        time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value["ns"] // 1000)
        return TimestampData(time, value.get("clock", 0))
    return value


def serve(file: str, port: int) -> int | None:
    """One device, until the end or until another one is wanted: its port."""
    device = Device(file, port)
    print(device.server.port, flush=True)
    orders = {
        "set": device.set,
        "check": lambda a: device.check(*a),
        "end": lambda a: device.end(*a),
        "seen": device.last,
        "finish": lambda a: device.finish(*a),
        "time": device.time,
        "group": lambda a: device.group(*a),
        "groups": device.groups,
        "forget": device.forget,
    }
    for line in sys.stdin:
        ((order, argument),) = json.loads(line).items()
        if order == "anew":
            device.server.stop()
            return argument
        print(orders[order](argument), flush=True)
    return None


if __name__ == "__main__":
    following: int | None = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    while following is not None:
        following = serve(sys.argv[1], following)
