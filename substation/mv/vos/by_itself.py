"""Whether VOS may carry out its order without asking anybody: `[opf] mode = "automatic"`, within what S3 and S8 permit.

Everything else stays proposed, and people decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.network.elements import Network
from models.point import Dbpos
from models.switching import CrewTask, Order
from substation.image import Mode, ProcessImage
from substation.mv.opf.advice import Advice, Reason
from substation.mv.opf.present import Present
from substation.mv.opf.settings import OpfSettings
from substation.mv.vos.worth import not_worth_it

DAY_NS = 86_400_000_000_000
Operated = tuple[tuple[str, int], ...]
"""Switch, and when an order of VOS began to move it (UTC in ns)."""


def within_a_day(operated: Operated, now_ns: int) -> Operated:
    return tuple(each for each in operated if now_ns - each[1] < DAY_NS)


def why_people_decide(
    order: Order, given: Advice, image: ProcessImage, network: Network, settings: OpfSettings, operated: Operated
) -> str:
    """The first reason, whatever the present flow says; '' when there is none."""
    return next(_reasons(order, given, image, network, settings, operated), "")


def too_little(given: Advice, now: Present, settings: OpfSettings, network: Network) -> str:
    """Why it saves too little, with the loads of now, to be carried out without a person."""
    wanted = replace(settings, least_saving_w=max(settings.least_saving_w, settings.automatic_saving_w))
    return not_worth_it(given, now, wanted, network)


def _reasons(
    order: Order, given: Advice, image: ProcessImage, network: Network, settings: OpfSettings, operated: Operated
) -> Iterator[str]:
    if given.reason is Reason.CORRECTIVE:
        yield "it corrects what is beyond a limit or an expectation"
    if order.revision != 1:
        yield "people have changed it"
    yield from (f"step {step.number} is for a crew" for step in order.steps if isinstance(step.value, CrewTask))
    yield from _interrupts(order)
    yield from _never_normal(order, network)
    for feeder in order.feeders:
        if image.modes.get(feeder, Mode.AUTOMATIC) is not Mode.AUTOMATIC:
            yield f"{feeder} is in mode {image.modes[feeder].name.lower()}"
    recent = [switch for switch, _ in within_a_day(operated, image.time_ns)]
    for switch in dict.fromkeys(step.element for step in order.steps if step.position is not None):
        moved, most = recent.count(switch), settings.automatic_operations
        if moved >= most:
            yield f"{switch} was moved {moved} times within a day (at most {most})"


def _interrupts(order: Order) -> Iterator[str]:
    """Without interruption every closing comes right before the opening of its loop."""
    moves = [step for step in order.steps if step.position is not None]
    for number, step in enumerate(moves):
        if step.position is not (Dbpos.OFF if number % 2 else Dbpos.ON):
            yield f"step {step.number} interrupts supply"


def _never_normal(order: Order, network: Network) -> Iterator[str]:
    tied = {switch.id for switch in network.switches if switch.normally_open}
    for step in order.steps:
        if step.position is Dbpos.ON and step.element not in tied:
            yield f"S3: {step.element} is not open in the released normal diagram"
