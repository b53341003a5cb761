"""A bay's IED: an MMS server with the model of its SCL, fed by the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from open61850.server.control import IN_EXECUTION, Command
from open61850.server.model import ACCESS_OBJECT_ACCESS_DENIED, ACCESS_OBJECT_VALUE_INVALID

from models.command import CommandResult
from models.errors import ConfigError
from models.point import Cdc, ControlModel, PointName, PointSpec
from models.scl.points import is_active_group
from sim_ied.board import Change
from sim_ied.face import Process
from sim_ied.mms.control_values import commanded
from sim_ied.mms.controls import Controls
from sim_ied.mms.host import Host
from sim_ied.mms.model_file import ModelFile
from sim_ied.mms.server import Secure, Server
from sim_ied.mms.spot import Spot
from sim_ied.records.device_record import DeviceRecord
from sim_ied.records.ied_files import put_record
from sim_ied.world import Completion

_ATTRIBUTES: dict[Cdc, tuple[tuple[str, str], ...]] = {
    Cdc.ACT: (("general", "ST"),),
    Cdc.ACD: (("general", "ST"),),
    Cdc.MV: (("mag.f", "MX"), ("cVal.mag.f", "MX")),
    Cdc.BSC: (("valWTr.posVal", "ST"),),
    Cdc.APC: (("mxVal.f", "MX"),),
    Cdc.BCR: (("actVal", "ST"),),
}
_STATUS = (("stVal", "ST"),)
_ENHANCED = (ControlModel.DIRECT_ENHANCED, ControlModel.SBO_ENHANCED)


class Ied:
    """specs: the points of this IED. secure: makes, on the loop, what every client's connection passes (TLS).

    Raises ConfigError for a point that its model does not have.
    """

    def __init__(
        self,
        name: str,
        scd: ModelFile,
        specs: Sequence[PointSpec],
        process: Process,
        secure: Callable[[], Secure] | None = None,
    ) -> None:
        self.name = name
        self._process, self._secure = process, secure
        self._specs = {spec.name: spec for spec in specs}
        built = scd.build(name)
        self._host = Host(name, built, self._spot, lambda point: self._specs[point].reference, self._take_controls)
        self._group = next((spec for spec in specs if is_active_group(spec)), None)
        self._spots = {spec.name: self._spot_of(spec, scd.file) for spec in specs if spec is not self._group}

    async def open(self, host: str, port: int) -> int:
        return await self._host.open(host, port, None if self._secure is None else self._secure())

    def prepare(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.point in self._specs:
                self._host.put(change)

    def update(self, changes: Sequence[Change]) -> None:
        for change in changes:
            spec = self._specs.get(change.point)
            if spec is not None:
                self._host.mailbox.put(change, spec.cdc.is_event)

    def offer(self, record: DeviceRecord) -> None:
        """A disturbance record has been made: from now on its files can be fetched."""
        put_record(self._host.files, record)

    def freeze(self, frozen: bool) -> None:
        self._host.freeze(frozen)

    async def close(self) -> None:
        await self._host.close()

    async def stop(self) -> None:
        await self._host.close()

    def _take_controls(self, server: Server) -> None:
        if not isinstance(server.controls, Controls):
            return
        if server.setting_groups is not None:
            server.setting_groups.on_active = self._switch_group
        for spec in self._specs.values():
            if spec.control_model is not ControlModel.STATUS_ONLY and spec is not self._group:
                server.controls.set_check(spec.reference, self._checker(spec))
                server.controls.set_handler(spec.reference, self._operator(spec, server.controls))

    def _switch_group(self, _: object, domain: str, group: int) -> int | None:
        """On a server thread, before the server shows the group: the relay works with it, or refuses."""
        if self._group is None:
            return ACCESS_OBJECT_ACCESS_DENIED
        name = self._group.name
        result = self._host.ask(lambda: self._process.command(name, group, _ignore))
        return None if result.accepted else ACCESS_OBJECT_VALUE_INVALID

    def _checker(self, spec: PointSpec) -> Callable[[Command], int | None]:
        def check(command: Command) -> int | None:
            value = commanded(command.ctl_val, spec.cdc.value)
            return _cause(self._host.ask(lambda: self._process.check(spec.name, value, command.interlock_check)))

        return check

    def _operator(self, spec: PointSpec, controls: Controls) -> Callable[[Command], int | None]:
        enhanced = spec.control_model in _ENHANCED

        def operate(command: Command) -> int | None:
            if controls.blocked(command):
                return None
            value = commanded(command.ctl_val, spec.cdc.value)
            ended = self._host.mailbox.put_completion if enhanced else _ignore
            order = command.interlock_check
            result = self._host.ask(lambda: self._process.command(spec.name, value, ended, order))
            return (IN_EXECUTION if enhanced else None) if result.accepted else _cause(result)

        return operate

    def _spot(self, point: PointName) -> Spot | None:
        """None for the setting group: the server's own engine shows it."""
        return self._spots.get(point)

    def _spot_of(self, spec: PointSpec, file: str) -> Spot:
        for item, constraint in _ATTRIBUTES.get(spec.cdc, _STATUS):
            spot = Spot.at(self._host.model, f"{spec.reference}.{item}[{constraint}]")
            if spot is not None:
                return spot
        raise ConfigError(file, spec.line, f"{spec.reference} has no value attribute", "correct its type")


def _cause(result: CommandResult) -> int | None:
    return None if result.accepted else int(result.add_cause)


def _ignore(completion: Completion) -> None:
    """Normal security: nobody waits for the end."""
