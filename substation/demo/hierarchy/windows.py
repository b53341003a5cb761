"""The windows of the demonstration: the operator's at the top, and one customer's at home."""

from __future__ import annotations

from substation.demo.children import Children
from substation.demo.hierarchy.site import HierarchySite
from substation.demo.hierarchy.unit_files import OPERATOR
from substation.demo.narrator import Narrator
from substation.demo.window import Window, has_display
from substation.neighbour_address import listening_at

WINDOWS = ("hmi", "customer")
"""Their commands, and names of their processes."""


class Windows:
    """Offscreen without a display; pictures are saved either way."""

    def __init__(self, windows: dict[str, Window], narrator: Narrator) -> None:
        self._windows, self._narrator = windows, narrator

    @classmethod
    async def open(cls, children: Children, site: HierarchySite, narrator: Narrator) -> Windows:
        """The customer is the first one of the plan."""
        customer = site.plan.customers[0]
        asked = {
            "operator": (WINDOWS[0], site.plan.top.name, OPERATOR),
            "customer": (WINDOWS[1], customer.unit, customer.owner),
        }
        windows = {}
        for name, (command, unit, who) in asked.items():
            url, pictures = listening_at(site.data(unit)), site.folder.parent / "pictures"
            windows[name] = await Window.open(children, url, site.key_file(who), pictures, command)
        where = "on your display" if has_display() else "offscreen"
        narrator.say("demo", f"the windows of the operator and of {customer.owner} open {where}")
        return cls(windows, narrator)

    async def shots(self) -> None:
        for name, window in self._windows.items():
            picture = await window.shot(name) if await window.ready() else None
            self._narrator.say("demo", f"picture {picture}" if picture else f"the {name}'s window gave no picture")

    async def closed(self) -> None:
        if has_display():
            self._narrator.say("demo", "close the windows to end the demonstration")
            for window in self._windows.values():
                await window.closed()
