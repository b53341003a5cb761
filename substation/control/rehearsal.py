"""An order rehearsed on a frozen image: would the rules let every step pass, if each earlier one had its effect? Pure.

Voltages and currents are known only for the first switching; rules that measure judge the later ones at the gate, when
their turn comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from models.command import Originator
from models.point import Dbpos, PointName, Sample
from models.switching import CrewTask, Order, OrderState, Step, StepState
from substation.control.crew_effect import after_crew
from substation.control.crew_permission import crew_request, on_the_spot
from substation.control.fault_zones import faults_at
from substation.control.interlocking import Interlocking
from substation.control.operation import AnyRequest
from substation.control.regulation import RegulatingRequest
from substation.control.request import Refusal, Request
from substation.control.situation import Context
from substation.control.step_request import request_of
from substation.grid.positions import position_of
from substation.image import Missing, ProcessImage

NOTHING_UNRESOLVED: Mapping[PointName, str] = {}


@dataclass(frozen=True, slots=True)
class Objection:
    """A step that the rules would refuse. image, context: what they looked at."""

    step: Step
    refusals: tuple[Refusal, ...]
    image: ProcessImage = field(repr=False, compare=False)
    context: Context = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"step {self.step.number} ({self.step.text}): {'; '.join(str(refusal) for refusal in self.refusals)}"


def rehearse(
    order: Order,
    originator: Originator,
    interlocking: Interlocking,
    image: ProcessImage,
    faults: Mapping[str, tuple[str, ...]],
    leases: Mapping[str, str],
    open_intents: tuple[str, ...] = (),
    unresolved: Mapping[PointName, str] = NOTHING_UNRESOLVED,
    measured: bool = True,
) -> Objection | None:
    """The first step that would be refused; None when all would pass.

    faults, leases, open_intents: see Context. unresolved: by point, an earlier operate whose outcome is unknown (S21).
    measured: the image's readings hold for the first switching; without, none of its steps is the next one.
    """
    approved = replace(order, state=OrderState.APPROVED)  # as which its steps would be commanded
    context = Context(order=approved, faults=faults, leases=leases, open_intents=open_intents)
    moved = not measured
    for step in order.steps:
        if step.state is not StepState.PENDING:
            continue
        here = replace(context, faults=faults_at(order, step.number, faults))
        if isinstance(step.value, CrewTask):
            asked = crew_request(step, originator, order)
            refusals = () if asked is None else _crew_refusals(interlocking, asked, image, here, not moved)
            if refusals:
                return Objection(step, refusals, image, here)
            moved = moved or asked is not None
            image = after_crew(image, step, order)
            continue
        request = request_of(step, originator, order.id)
        if not _reached(image, request):
            here = replace(here, unresolved=unresolved.get(step.point, ""))
            refusals = _refusals(interlocking, request, image, here, measured=not moved)
            if refusals:
                return Objection(step, refusals, image, here)
            moved = moved or isinstance(step.value, Dbpos)
        image = _with_effect(image, request)
    return None


def _crew_refusals(
    interlocking: Interlocking, request: Request, image: ProcessImage, context: Context, measured: bool
) -> tuple[Refusal, ...]:
    there = position_of(image, request.point.location) is request.value
    return () if there else on_the_spot(interlocking.refusals(request, image, context, measured))


def _refusals(
    interlocking: Interlocking, request: AnyRequest, image: ProcessImage, context: Context, measured: bool
) -> tuple[Refusal, ...]:
    if isinstance(request, RegulatingRequest):
        return interlocking.regulating_refusals(request, image, context)
    return interlocking.refusals(request, image, context, measured)


def _reached(image: ProcessImage, request: AnyRequest) -> bool:
    sample = image.read(request.point)
    closes = isinstance(request, Request) and request.closes
    return not closes and not isinstance(sample, Missing) and sample.value == request.commanded


def _with_effect(image: ProcessImage, request: AnyRequest) -> ProcessImage:
    handle = image.register.handle(request.point)
    if handle is None:
        return image
    moved = Sample(handle, request.commanded, 0, image.time_ns, image.time_ns)
    return replace(image, samples={**image.samples, handle: moved})
