"""The interlocking: every rule of SAFETY.md that a single command can break, in one table. Pure.

A rule looks at the situation and answers '' or the reason why not. Where it needs data that are missing, stale or
invalid, its answer is no. `refusals` asks all of them, so that a person sees everything that stands in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from models.command import AddCause
from models.errors import AlgorithmError
from models.point import Dbpos
from models.switching import GroupChange, SwitchAction
from substation.control.grid import Grid
from substation.control.numerics import Numerics
from substation.control.regulating import Standpoint
from substation.control.regulation import RegulatingRequest
from substation.control.request import Refusal, Request
from substation.control.rule_settings import RuleSettings
from substation.control.rules import (
    authority,
    bay,
    cilo,
    closing,
    contracts,
    differing,
    earth_faults,
    earthing,
    energising,
    islanding,
    limits,
    opening,
    parallel,
    placements,
    protection,
    regulating,
    setting_groups,
    tagging,
    tap_steps,
    transfer,
)
from substation.control.situation import Context, Situation
from substation.grid.positions import position_of
from substation.image import ProcessImage
from substation.placements.placement import on_the_grid

Check = Callable[[Situation], str]
Asked = TypeVar("Asked")

CLOSE, OPEN = SwitchAction.CLOSE, SwitchAction.OPEN
BLOCK, RELEASE = SwitchAction.DISABLE_RECLOSING, SwitchAction.ENABLE_RECLOSING
EVERY = frozenset(SwitchAction)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the interlocking. automation_only: people are not bound by it.

    measured: judges voltages, currents or stored energy as they are now; by the time of a later step they differ.
    """

    id: str
    actions: frozenset[SwitchAction]
    check: Check
    add_cause: AddCause = AddCause.BLOCKED_BY_INTERLOCKING
    automation_only: bool = False
    measured: bool = False


RULES = (
    Rule("S22", EVERY, authority.open_intents, AddCause.COMMAND_ALREADY_IN_EXECUTION),
    Rule("S22", EVERY, authority.order_not_under_way, AddCause.ABORTION_BY_CANCEL),
    Rule("S22", EVERY, authority.order_to_stop, AddCause.ABORTION_BY_CANCEL),
    Rule("S21", EVERY, authority.unresolved_outcome, AddCause.BLOCKED_BY_COMMAND, automation_only=True),
    Rule("S19", EVERY, authority.leased_to_another, AddCause.LOCKED_BY_OTHER_CLIENT),
    Rule("S18", EVERY, authority.local_control, AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
    Rule("S18", EVERY, authority.station_control, AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
    Rule("S18", EVERY, authority.behaviour, AddCause.BLOCKED_BY_MODE),
    Rule("S18", EVERY, authority.held_by_another, AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
    Rule("S18", EVERY, authority.second_operator_missing, AddCause.NO_ACCESS_AUTHORITY),
    Rule("S1", frozenset({OPEN, CLOSE}), earthing.earthing_switch),
    Rule("S3", frozenset({CLOSE}), closing.not_for_automation, automation_only=True),
    Rule("S4", frozenset({CLOSE}), tagging.fault_isolation),
    Rule("S5", frozenset({CLOSE}), energising.fault_not_isolated),
    Rule("S5", frozenset({CLOSE}), energising.target_not_dead, measured=True),
    Rule("S5", frozenset({CLOSE}), energising.breaker_not_healthy, AddCause.BLOCKED_BY_HEALTH),
    Rule("S5", frozenset({CLOSE, OPEN}), energising.lacks_stored_energy, AddCause.BLOCKED_BY_HEALTH, measured=True),
    Rule("S6", frozenset({CLOSE}), closing.second_attempt, automation_only=True),
    Rule("S6", frozenset({CLOSE}), closing.reclosing_not_blocked, automation_only=True),
    Rule("S6", frozenset({CLOSE}), closing.protection_active, AddCause.BLOCKED_BY_PROCESS, automation_only=True),
    Rule("S7", frozenset({CLOSE}), closing.loop_or_parallel, automation_only=True),
    Rule("S8", frozenset({CLOSE}), parallel.parallel_unfit, AddCause.BLOCKED_BY_SYNCHROCHECK),
    Rule("S10", frozenset({CLOSE}), earth_faults.unexplained_trip),
    Rule("S10", frozenset({CLOSE}), earth_faults.standing_earth_fault, AddCause.BLOCKED_BY_PROCESS),
    Rule("S10", frozenset({CLOSE}), earth_faults.transfer_unfit),
    Rule("S11", frozenset({CLOSE}), energising.generation_not_gone, AddCause.BLOCKED_BY_PROCESS, measured=True),
    Rule("S12", frozenset({OPEN}), islanding.left_without_source, AddCause.BLOCKED_BY_PROCESS, measured=True),
    Rule("S12", frozenset({CLOSE}), islanding.joined_without_source, AddCause.BLOCKED_BY_PROCESS, measured=True),
    Rule("S13", frozenset({OPEN}), opening.reclosing_in_progress, AddCause.BLOCKED_BY_PROCESS),
    Rule("S13", frozenset({OPEN}), opening.current_too_high, AddCause.BLOCKED_BY_PROCESS, measured=True),
    Rule("S13", frozenset({OPEN}), opening.charging_current_too_high, AddCause.BLOCKED_BY_PROCESS),
    Rule("S13", frozenset({OPEN}), opening.earth_fault_stands, AddCause.BLOCKED_BY_PROCESS),
    Rule("S13", frozenset({OPEN, CLOSE}), bay.disconnector_under_load),
    Rule("S13", frozenset({OPEN}), transfer.holds_transfer),
    Rule("S14", frozenset({OPEN, CLOSE}), bay.topology_unknown, AddCause.INVALID_POSITION),
    Rule("S14", frozenset({CLOSE}), energising.position_in_doubt, AddCause.INVALID_POSITION),
    Rule("S15", frozenset({CLOSE}), protection.reach_and_load),
    Rule("S15", frozenset({CLOSE}), protection.making_and_withstand),
    Rule("S16", frozenset({CLOSE}), limits.exceeded, AddCause.BLOCKED_BY_PROCESS),
    Rule("S17", frozenset({CLOSE, OPEN, RELEASE}), tagging.tagged),
    Rule("S17", frozenset({CLOSE}), tagging.earth_not_open),
    Rule("S17", frozenset({CLOSE, OPEN}), placements.people_switch_here, automation_only=True),
    Rule("S17", frozenset({CLOSE}), bay.closes_onto_earth),
    Rule("S21", frozenset({CLOSE, OPEN}), cilo.not_released, measured=True),
    Rule("S21", EVERY, differing.differs_from_scl, AddCause.BLOCKED_BY_HEALTH, automation_only=True),
    Rule("S20", EVERY, contracts.outside_contract, AddCause.NO_ACCESS_AUTHORITY),
)


@dataclass(frozen=True, slots=True)
class RegulatingRule:
    """One line of what binds steps and set-points. automation_only: people are not bound by it."""

    id: str
    check: Callable[[Standpoint], str]
    add_cause: AddCause = AddCause.BLOCKED_BY_INTERLOCKING
    automation_only: bool = False


REGULATING_RULES = (
    RegulatingRule("S22", authority.open_intents, AddCause.COMMAND_ALREADY_IN_EXECUTION),
    RegulatingRule("S22", authority.order_not_under_way, AddCause.ABORTION_BY_CANCEL),
    RegulatingRule("S22", authority.order_to_stop, AddCause.ABORTION_BY_CANCEL),
    RegulatingRule("S21", authority.unresolved_outcome, AddCause.BLOCKED_BY_COMMAND, automation_only=True),
    RegulatingRule("S19", regulating.leased_to_another, AddCause.LOCKED_BY_OTHER_CLIENT),
    RegulatingRule("S18", regulating.local_control, AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
    RegulatingRule("S18", authority.station_control, AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
    RegulatingRule("S18", authority.behaviour, AddCause.BLOCKED_BY_MODE),
    RegulatingRule("S18", authority.held_by_another, AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
    RegulatingRule("S18", regulating.automatic_control, AddCause.BLOCKED_BY_MODE),
    RegulatingRule("S5", regulating.bank_not_discharged, AddCause.BLOCKED_BY_PROCESS),
    RegulatingRule("S14", regulating.feedback_in_doubt, AddCause.INVALID_POSITION),
    RegulatingRule("S15", setting_groups.group_unfit),
    RegulatingRule("S16", regulating.end_of_range, AddCause.STEP_LIMIT),
    RegulatingRule("S16", regulating.set_point_out_of_range, AddCause.INCONSISTENT_PARAMETERS),
    RegulatingRule("S16", tap_steps.voltage_after_step, AddCause.BLOCKED_BY_PROCESS),
    RegulatingRule("S17", regulating.tagged),
    RegulatingRule("S21", differing.differs_from_scl, AddCause.BLOCKED_BY_HEALTH, automation_only=True),
    RegulatingRule("S20", contracts.outside_contract, AddCause.NO_ACCESS_AUTHORITY),
)


@dataclass(frozen=True, slots=True)
class Interlocking:
    """The rules over one grid, with its numerics and what unit.toml says of them."""

    numerics: Numerics
    settings: RuleSettings = RuleSettings()

    @property
    def grid(self) -> Grid:
        return self.numerics.grid

    def refusals(
        self, request: Request, image: ProcessImage, context: Context, measured: bool = True
    ) -> tuple[Refusal, ...]:
        """Every rule that forbids this command; empty when it may go. measured False: without rules of that kind."""
        numerics = self._with(image)
        if isinstance(numerics, Refusal):
            return (numerics,)
        return refusals(Situation(request, image, numerics.grid, context, numerics, self.settings), measured)

    def _with(self, image: ProcessImage) -> Numerics | Refusal:
        """The grid with what stands on it. What cannot be placed on it any more is for people to take away."""
        try:
            return self.numerics.with_placements(on_the_grid(image.placements))
        except AlgorithmError as error:
            return Refusal("S17", str(error))

    def regulating_refusals(
        self, request: RegulatingRequest, image: ProcessImage, context: Context
    ) -> tuple[Refusal, ...]:
        """Every rule that forbids this step or set-point; empty when it may go."""
        numerics = self._with(image)
        if isinstance(numerics, Refusal):
            return (numerics,)
        standpoint = Standpoint(request, image, numerics.grid, context, numerics, self.settings)
        return tuple(
            Refusal(rule.id, text, rule.add_cause)
            for rule in REGULATING_RULES
            if (request.automatic or not rule.automation_only) and (text := _answer(rule.check, standpoint))
        )

    def fitting_group(self, request: Request, image: ProcessImage, context: Context) -> tuple[str, GroupChange] | None:
        """The feeder that needs another setting group before this close, and which (S15); None when none would do."""
        numerics = self._with(image)
        if isinstance(numerics, Refusal):
            return None
        situation = Situation(request, image, numerics.grid, context, numerics, self.settings)
        try:
            return protection.fitting_group(situation)
        except AlgorithmError:
            return None

    def boundary(self, zone: Iterable[str], image: ProcessImage) -> tuple[str, ...]:
        """Switches around the island of these elements, in the order of the network; doubt counts as closed (S14)."""
        numerics = self._with(image)
        grid = self.grid if isinstance(numerics, Refusal) else numerics.grid
        network = grid.network
        closed = {each.id for each in network.switches if position_of(image, each.id) is not Dbpos.OFF}
        nodes = frozenset().union(*(grid.nodes_of(element) for element in zone))
        boundary = grid.boundary(grid.islands(closed), nodes)
        return tuple(switch.id for switch in boundary if switch.id in self.grid.switches)


def _answer(check: Callable[[Asked], str], asked: Asked) -> str:
    """What a rule says; what it cannot compute, because no file states it, is no."""
    try:
        return check(asked)
    except AlgorithmError as error:
        return f"this cannot be judged: {error}"


def refusals(situation: Situation, measured: bool = True) -> tuple[Refusal, ...]:
    """Every rule that forbids the command of this situation."""
    action, automatic = situation.request.action, situation.request.automatic
    return tuple(
        Refusal(rule.id, text, rule.add_cause)
        for rule in RULES
        if action in rule.actions
        and (automatic or not rule.automation_only)
        and (measured or not rule.measured)
        and (text := _answer(rule.check, situation))
    )
