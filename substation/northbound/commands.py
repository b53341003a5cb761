"""Commands of control centres on their way to the gate: select, operate and cancel as IEC 104 asks for them."""

from __future__ import annotations

from models.command import Action, CommandResult, Originator, Outcome
from models.point import Dbpos, PointName
from protocols.iec104.server import Confirm
from substation.control.gate import Gate
from substation.control.request import Ending, GateResult, Request
from substation.image import Image

_OUTCOMES = {
    Ending.ACCEPTED: Outcome.ACCEPTED,
    Ending.CONFIRMED: Outcome.ACCEPTED,
    Ending.REFUSED: Outcome.REFUSED,
    Ending.FAILED: Outcome.REFUSED,
    Ending.UNKNOWN: Outcome.UNKNOWN,
}


class CentreCommands:
    """Carries one service. A direct control point is executed at once, the others in the two steps of a person."""

    def __init__(self, gate: Gate, image: Image) -> None:
        self._gate, self._register = gate, image.register

    async def carry(
        self, action: Action, point: PointName, value: Dbpos | bool, originator: Originator, confirm: Confirm
    ) -> None:
        """`confirm` hears the device's answer to an operate before the position is confirmed."""
        request = Request(point, value, originator, why=f"control centre {originator.identity}")
        confirm(_answer(await self._serve(action, request, confirm)))

    async def _serve(self, action: Action, request: Request, confirm: Confirm) -> GateResult:
        if action is Action.SELECT:
            return await self._gate.select(request)
        if action is Action.CANCEL:
            return await self._gate.cancel(request)
        handle = self._register.handle(request.point)
        if handle is not None and not self._register.spec(handle).control_model.selects:
            return await self._gate.execute(request, confirm)
        return await self._gate.operate(request, confirm)


def _answer(result: GateResult) -> CommandResult:
    return CommandResult(_OUTCOMES[result.ending], result.add_cause, result.reason)
