"""A unit for tests of the HMI: the real listener and request processor, a small store of values behind them.

It runs in a thread of its own with its own event loop, so that the window under test is the only Qt there is. Positions
set here give energisation by a plain search, as the server's topology would.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from models.network.elements import Network, SwitchKind
from models.network.reader import read_network
from models.order_document import to_plain
from models.point import Dbpos
from models.switching import Order
from models.wire.cbor import WireValue
from models.wire.glob import matches
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from models.wire.messages import Code
from substation.exchange.access import Identity, Right, Role
from substation.exchange.key_files import unit_key
from substation.exchange.listener import Listener
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import Cancel, Route, Selection, Subscriber, WriteResult
from substation.stakeholders.gatekeeper import RegisterGatekeeper
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.settings import SecuritySettings

UNIT = "OBR"
OPERATOR = SigningKey.from_seed(bytes([1]) * 32)
VIEWER = SigningKey.from_seed(bytes([2]) * 32)
T = TypeVar("T")
Answer = Callable[[str, str, WireValue], WriteResult | None]


@dataclass(frozen=True)
class Written:
    variable: str
    location: str
    value: WireValue
    who: str


class Store:
    """Present values by variable, location and key; lives in the loop's thread."""

    def __init__(self) -> None:
        self.present: dict[tuple[str, str, str], Instance] = {}
        self.subscribers: list[tuple[Selection, Subscriber]] = []
        self.writes: list[Written] = []
        self.answer: Answer = lambda variable, location, value: None
        self.moves = True

    def put(self, instance: Instance, key: str = "", change: WireValue = None) -> None:
        self.present[instance.variable, instance.location, key] = instance
        told = instance if change is None else Instance(instance.variable, instance.location, change, instance.time_ns)
        for selection, subscriber in tuple(self.subscribers):
            if _fits(selection, told):
                subscriber.events([told])

    async def read(self, selection: Selection) -> list[Instance]:
        return [instance for instance in self.present.values() if _fits(selection, instance)]

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        entry = (selection, subscriber)
        self.subscribers.append(entry)
        if initial and (found := [each for each in self.present.values() if _fits(selection, each)]):
            subscriber.events(found)
        return lambda: self.subscribers.remove(entry)

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        self.writes.append(Written(variable, location, value, requester.name))
        answer = self.answer(variable, location, value)
        if answer is None and variable.endswith(".Oper") and self.moves:
            self.put(Instance(variable.removesuffix(".Oper"), location, value, time.time_ns()))
        return answer or WriteResult(Code.OK)


class SmallUnit:
    """`with SmallUnit(folder, text) as unit:`; `unit.url`. `silence` and `speak` break the link and make it whole."""

    def __init__(self, folder: Path, network_text: str, remote: bool = True) -> None:
        self.network = read_network(network_text, "network.json")
        self._store = Store()
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="unit", daemon=True)
        self._serving: Future[None] | None = None
        self._held = threading.Event()
        self._port = 0
        self._sequence = 0
        self._states: dict[str, WireValue] = {}
        self._controllable: list[WireValue] = [s.id for s in self.network.switches if s.remote and remote]
        self._text = network_text

    def __enter__(self) -> SmallUnit:
        self._thread.start()
        self._first_values()
        self.speak()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go()
        self.silence()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    @property
    def writes(self) -> list[Written]:
        return list(self._store.writes)

    @property
    def variables_subscribed(self) -> list[tuple[str, str]]:
        return [(selection.variable, selection.location) for selection, _ in tuple(self._store.subscribers)]

    # -- the link

    def speak(self) -> None:
        """Listen, on the same port again after a silence."""
        ready: Future[int] = Future()
        self._serving = asyncio.run_coroutine_threadsafe(self._serve(ready), self._loop)
        self._port = ready.result(10)

    def silence(self) -> None:
        """Close every connection and the port."""
        if self._serving is not None:
            self._serving.cancel()
            self._in_loop(lambda: None)
            asyncio.run_coroutine_threadsafe(_others_done(), self._loop).result(10)
            self._serving = None

    async def _serve(self, ready: Future[int]) -> None:
        register = StakeholderRegister(self._folder)
        with closing(register):
            register.enrol(OPERATOR.public, "Olga", Role.OPERATOR, time.time_ns(), approves=True)
            register.enrol(VIEWER.public, "Vito", Role.VIEWER, time.time_ns())
            routes = [
                Route("*", f"{UNIT}/forbidden", self._store, read=Right.AUDIT),
                Route("Order.*", f"{UNIT}/orders/*", self._store, write=Right.APPROVE),
                Route("*", "*", self._store, write=Right.OPERATE),
            ]
            processor = RequestProcessor(routes, time.time_ns, lambda refusal: None)
            gatekeeper = RegisterGatekeeper(register, SecuritySettings(), time.time_ns)
            listener = Listener(
                processor,
                gatekeeper,
                unit_key(self._folder),
                UNIT,
                time.time_ns,
                port=self._port,
            )
            async with asyncio.TaskGroup() as group:
                group.create_task(listener.run())
                ready.set_result((await listener.bound())[1])

    def hold(self) -> None:
        """Say nothing more although every socket stays open, as a process that hangs."""
        self._held.clear()
        self._loop.call_soon_threadsafe(self._held.wait, 10)

    def let_go(self) -> None:
        self._held.set()

    def _in_loop(self, act: Callable[[], T]) -> T:
        async def do() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(10)

    # -- what the unit has to tell

    def put(self, variable: str, value: WireValue, location: str = UNIT, quality: int = 0, key: str = "") -> None:
        instance = Instance(variable, location, value, time.time_ns(), quality)
        self._in_loop(lambda: self._store.put(instance, key))

    def put_many(self, values: list[tuple[str, str, WireValue]]) -> None:
        """location, variable, value."""
        now_ns = time.time_ns()
        instances = [Instance(variable, location, value, now_ns) for location, variable, value in values]
        self._in_loop(lambda: [self._store.put(each) for each in instances])

    def position(self, switch: str, position: Dbpos, quality: int = 0) -> None:
        self.put("CSWI1.Pos", int(position), switch, quality)
        self.energise()

    def order(self, order: Order) -> None:
        self.put("Orders", _plain(to_plain(order)), key=order.id)

    def event(self, text: str, location: str, severity: int = 0, category: str = "process", age_ns: int = 0) -> None:
        self._sequence += 1
        now_ns = time.time_ns()
        value: WireValue = {
            "sequence": self._sequence,
            "time_ns": now_ns - age_ns,
            "arrival_ns": now_ns,
            "category": category,
            "severity": severity,
            "location": location,
            "text": text,
        }
        self.put("Events", value, key=str(self._sequence))

    def sequence(self, following: int) -> None:
        """The number of the next event."""
        self._sequence = following - 1

    def status(
        self,
        mode: str = "manual",
        links_up: int = 165,
        open_commands: Mapping[int, str] | None = None,
        applications: WireValue = None,
        time_ns: int = 0,
    ) -> None:
        feeders: WireValue = {
            feeder.id: {"mode": "automatic", "effective": min("automatic", mode, key=_RANK.index)}
            for feeder in self.network.feeders
        }
        self.put(
            "Status",
            {
                "mode": mode,
                "feeders": feeders,
                "time_ns": time_ns or time.time_ns(),
                "points": 5500,
                "links_up": links_up,
                "links": 165,
                "parent": True,
                "control_centres": {"dispatch": True},
                "open_commands": list((open_commands or {}).values()),
                "open_command_numbers": list(open_commands or {}),
                **({} if applications is None else {"applications": applications}),
            },
        )

    def answer(self, answer: Answer) -> None:
        """How writes end; None: accepted, and a switch moves at once."""
        self._store.answer = answer

    def stuck(self) -> None:
        """Accepted commands no longer move anything."""
        self._store.moves = False

    def energise(self) -> None:
        """Tell the elements whose energisation has changed."""
        states = energisation(self.network, self._in_loop(self._positions))
        new = {element: state for element, state in states.items() if self._states.get(element) != state}
        self._states = states
        instance = Instance("Energisation", UNIT, states, time.time_ns())
        self._in_loop(lambda: self._store.put(instance, change=new))

    def _positions(self) -> dict[str, int]:
        return {
            location: each.value
            for (variable, location, _), each in self._store.present.items()
            if variable == "CSWI1.Pos" and isinstance(each.value, int)
        }

    def more_of_model(self, **more: WireValue) -> None:
        """Further fields of the model, as a unit with such points tells them."""
        model = self._store.present["Model", UNIT, ""].value
        assert isinstance(model, dict)
        self.put("Model", {**model, **more})

    def put_later(self, variable: str, value: WireValue, location: str) -> None:
        """For an answer, which runs in the unit's own thread."""
        instance = Instance(variable, location, value, time.time_ns())
        self._loop.call_soon(self._store.put, instance)

    def _first_values(self) -> None:
        import json

        positions: WireValue = {switch.id: [switch.id, "CSWI1.Pos"] for switch in self.network.switches}
        model: WireValue = {
            "unit": {"name": UNIT, "level": "MVGMU"},
            "network": json.loads(self._text),
            "positions": positions,
            "controllable": self._controllable,
        }
        self.put("Model", model)
        self.put_many(
            [
                (each.id, "CSWI1.Pos", int(Dbpos.OFF if each.normally_open else Dbpos.ON))
                for each in self.network.switches
            ]
        )
        self.energise()
        self.status()
        self.put("Cases", {"cases": []})
        self.put("Tags", {"tags": []})


_RANK = ("disabled", "manual", "automatic")


def energisation(network: Network, positions: dict[str, int]) -> dict[str, WireValue]:
    """Breadth first from each transformer over what is closed; a switch is what either of its sides is."""
    joined: dict[str, list[tuple[str, str]]] = defaultdict(list)
    branches = [(line.id, line.from_node, line.to_node) for line in network.lines]
    branches += [
        (switch.id, switch.from_node, switch.to_node)
        for switch in network.switches
        if positions.get(switch.id) == Dbpos.ON and switch.kind is not SwitchKind.EARTHING_SWITCH
    ]
    for element, start, end in branches:
        joined[start].append((element, end))
        joined[end].append((element, start))
    elements = [*(node.id for node in network.nodes), *(line.id for line in network.lines)]
    states: dict[str, WireValue] = dict.fromkeys([*elements, *(switch.id for switch in network.switches)], "dead")
    for transformer in network.transformers:
        states[transformer.hv_node] = f"energised:{transformer.id}"
        waiting = deque([transformer.lv_node])
        while waiting:
            node = waiting.popleft()
            states[node] = f"energised:{transformer.id}"
            for element, other in joined[node]:
                states[element] = f"energised:{transformer.id}"
                if states[other] == "dead":
                    waiting.append(other)
    return states


def _fits(selection: Selection, instance: Instance) -> bool:
    return matches(selection.variable, instance.variable) and matches(selection.location, instance.location)


def _plain(value: object) -> WireValue:
    return value  # type: ignore[return-value]  # documents are plain already


async def _others_done() -> None:
    """Wait until every other task of the loop has ended."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
