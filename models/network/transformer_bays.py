"""A second transformer beside one that a network states: the same ratings, a bay of its own at the same busbars."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from models.errors import ConfigError
from models.network.elements import Network, Switch, SwitchKind, Transformer


def with_second_transformers(network: Network, names: Iterable[str]) -> Network:
    """`OBR1/T1` gets `OBR1/T2` beside it; ConfigError for one that is not there or whose bay cannot be copied."""
    for name in names:
        network = _with_second(network, name)
    return network


def _with_second(network: Network, name: str) -> Network:
    like = next((each for each in network.transformers if each.id == name), None)
    if like is None:
        raise ConfigError(network.name, None, f"no transformer '{name}'", "name one of the network")
    bay = like.lv_node.rpartition("/")[0]
    other = _free_bay(network, bay)
    own = {node.id for node in network.nodes if node.id.startswith(f"{bay}/")}

    def moved(path: str) -> str:
        return other + path.removeprefix(bay) if path in own or path.startswith(f"{bay}/") else path

    nodes = tuple(replace(node, id=moved(node.id)) for node in network.nodes if node.id in own)
    switches = tuple(_moved(each, moved) for each in network.switches if each.id.startswith(f"{bay}/"))
    if not any(each.kind is SwitchKind.BREAKER for each in switches):
        raise ConfigError(network.name, None, f"bay '{bay}' of '{name}' has no breaker", "name another transformer")
    second = replace(like, id=_free_name(network, like), lv_node=moved(like.lv_node))
    return replace(
        network,
        nodes=(*network.nodes, *nodes),
        switches=(*network.switches, *switches),
        transformers=(*network.transformers, second),
    )


def _moved(switch: Switch, moved: Callable[[str], str]) -> Switch:
    return replace(switch, id=moved(switch.id), from_node=moved(switch.from_node), to_node=moved(switch.to_node))


def _free_bay(network: Network, bay: str) -> str:
    level = bay.rpartition("/")[0]
    taken = {node.id.rpartition("/")[0] for node in network.nodes}
    return next(each for each in (f"{level}/E{number:02}" for number in range(2, 100)) if each not in taken)


def _free_name(network: Network, like: Transformer) -> str:
    station, taken = like.id.rpartition("/")[0], {each.id for each in network.transformers}
    return next(each for each in (f"{station}/T{number}" for number in range(2, 100)) if each not in taken)
