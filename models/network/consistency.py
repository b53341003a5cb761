"""What must hold between the elements of a network file: unique ids, no dangling reference, neutrals stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from models.errors import ConfigError
from models.network.elements import CapacitorBank, GalvanicNetwork, Line, Node, Switch, SwitchKind
from models.network.located import Located
from models.network.schema import BOUNDS, ENDS, FUNCTIONS, REFERENCES

Objects = Mapping[str, Sequence[Located]]
Elements = Mapping[str, tuple[object, ...]]


def check(located: Objects, elements: Elements, file: str, stated: bool = True) -> None:
    """Raises ConfigError for the first fault, in the file's order of sections. stated: so are the neutrals."""
    _unique_ids(located, file)
    _references(located, file)
    _reclosers(located, file)
    _ends(located, file)
    _earthing(located, file)
    _banks(located, elements, file)
    for section, each in _every(located):
        check_bounds(section, each, file)
    if stated:
        _neutrals(located, elements, file)


def _unique_ids(located: Objects, file: str) -> None:
    first: dict[str, tuple[int, str]] = {}
    for section, each in _every(located):
        name = str(each["id"])
        if not name:
            raise ConfigError(file, each.line, "an id is empty", "write the element's SCL path")
        line, other = first.get(name, (0, section))
        if name in first and not (section != other and {section, other} <= FUNCTIONS):
            raise ConfigError(file, each.line, f"id '{name}' stands already in line {line}", "rename one of them")
        first[name] = each.line, section


def _reclosers(located: Objects, file: str) -> None:
    """Line reclosers stand within feeders, one within the other at most until a feeder of a primary substation."""
    within = {str(each["id"]): str(each.get("within", "")) for each in located["feeders"]}
    for each in located["feeders"]:
        passed, name = {str(each["id"])}, within[str(each["id"])]
        while name:
            if name in passed:
                problem = f"'{each['id']}' stands within itself"
                raise ConfigError(file, each.key_lines["within"], problem, "name the feeder in which it stands")
            passed.add(name)
            name = within[name]


def _references(located: Objects, file: str) -> None:
    ids = {section: {str(each["id"]) for each in objects} for section, objects in located.items()}
    for section, references in REFERENCES.items():
        for each in located[section]:
            for reference in references:
                target = str(each.get(reference.field, ""))
                known = any(target in ids[name] for name in reference.sections)
                if not known and not (reference.optional and target == ""):
                    problem = f"'{reference.field}' of '{each['id']}' names '{target}', which does not exist"
                    remedy = f"add it to {' or '.join(reference.sections)} or correct the name"
                    raise ConfigError(file, each.key_lines[reference.field], problem, remedy)


def _ends(located: Objects, file: str) -> None:
    for section, (one, other) in ENDS.items():
        for each in located[section]:
            if each[one] == each[other]:
                problem = f"both ends of '{each['id']}' are '{each[one]}'"
                raise ConfigError(file, each.line, problem, "name two different nodes")


def _earthing(located: Objects, file: str) -> None:
    for each in located["switches"]:
        if (each["to_node"] == "") != (each["kind"] == SwitchKind.EARTHING_SWITCH.value):
            problem = f"'{each['id']}' ({each['kind']}) leads to '{each['to_node'] or 'earth'}'"
            remedy = 'an earthing switch, and nothing else, has to_node "" (earth)'
            raise ConfigError(file, each.line, problem, remedy)


def _banks(located: Objects, elements: Elements, file: str) -> None:
    banks = cast(tuple[CapacitorBank, ...], elements["capacitors"])
    for bank, place in zip(banks, located["capacitors"], strict=True):
        if bank.steps_in > bank.steps:
            problem = f"'{bank.id}' has {bank.steps_in} of {bank.steps} steps in service"
            raise ConfigError(file, place.key_lines["steps_in"], problem, "write no more than 'steps'")


def check_bounds(section: str, each: Located, file: str) -> None:
    """Raises ConfigError for a number of one element (or of the limits) that makes no sense."""
    for name, bound in BOUNDS.get(section, {}).items():
        value = each.get(name)
        if isinstance(value, int | float) and not bound.holds(value):
            what = each.get("id", section)
            raise ConfigError(file, each.key_lines[name], f"'{name}' of '{what}' is {value}", bound.remedy)


def _neutrals(located: Objects, elements: Elements, file: str) -> None:
    """Every galvanic network that has lines says how its neutral is treated, once (SAFETY S10)."""
    root_of = _galvanic(elements)
    stated: dict[str, str] = {}
    for network in cast(tuple[GalvanicNetwork, ...], elements["galvanic_networks"]):
        root = root_of[network.busbar]
        if root in stated:
            line = next(each.line for each in located["galvanic_networks"] if each["id"] == network.id)
            problem = f"'{network.id}' and '{stated[root]}' are one galvanic network in the normal state"
            raise ConfigError(file, line, problem, "keep one of them, or correct normally_open of a switch")
        stated[root] = network.id
    for line_element, place in zip(cast(tuple[Line, ...], elements["lines"]), located["lines"], strict=True):
        if root_of[line_element.from_node] not in stated:
            problem = f"the galvanic network of line '{line_element.id}' has no neutral treatment"
            raise ConfigError(file, place.line, problem, "add its busbar to galvanic_networks (there is no default)")


def _galvanic(elements: Elements) -> dict[str, str]:
    """Every node to the representative of its galvanic network in the normal state."""
    parent = {node.id: node.id for node in cast(tuple[Node, ...], elements["nodes"])}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in _joints(elements):
        parent[root(one)] = root(other)
    return {node: root(node) for node in parent}


def _joints(elements: Elements) -> Iterator[tuple[str, str]]:
    for line in cast(tuple[Line, ...], elements["lines"]):
        yield line.from_node, line.to_node
    for switch in cast(tuple[Switch, ...], elements["switches"]):
        if not switch.normally_open and switch.to_node:
            yield switch.from_node, switch.to_node


def _every(located: Objects) -> Iterator[tuple[str, Located]]:
    for section, objects in located.items():
        for each in objects:
            yield section, each
