"""A device is asked and compared with its SCL, over an association of its own which ends with it."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from models.driver import LinkConfig
from models.errors import ConfigError, LinkError
from models.scl.expected_text import SETTING
from protocols.iec61850.comparison.comparing import Comparison, Steps
from protocols.iec61850.comparison.connecting import step
from protocols.iec61850.comparison.names import Names
from protocols.iec61850.comparison.outcome import Compared
from protocols.iec61850.own_association import OwnAssociation, own_association

LONGEST_S = 300.0
"""For a whole device, however slow."""


async def ask(link: LinkConfig) -> Compared:
    """What is wrong with the link or its device stands in `problem`."""
    began_s = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST_S), own_association(link) as own:
            names = await own.ask(partial(Names.read, own.client))
            steps = Comparison(str(link.settings.get(SETTING, ""))).steps(own.client, names)
            return await _finished(own, steps, link, began_s)
    except TimeoutError:
        problem = f"not compared within {LONGEST_S:g} s"
    except (LinkError, ConfigError) as error:
        problem = str(error)
    return Compared(link.name, (), problem, time.monotonic() - began_s)


async def _finished(own: OwnAssociation, steps: Steps, link: LinkConfig, began_s: float) -> Compared:
    while (found := await own.ask(partial(step, steps))) is None:
        pass
    return Compared(link.name, found, "", time.monotonic() - began_s)
