"""A unit in a process of its own, to be killed: `python -m tests.substation.links.killed FOLDER NAME COUNT`.

A child sends the numbers up to COUNT to MV, each in the transaction that notes it as sent; MV writes down what comes.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sqlalchemy import Connection

from substation.unit import Unit
from tests.substation.links.family import Family, note
from tests.substation.links.sides import USED


async def send(unit: Unit, count: int) -> None:
    def sent(connection: Connection) -> int:
        return len(connection.execute(USED.select()).all())

    for number in range(await unit.parts.stores.control.run(sent), count):

        def within(connection: Connection, number: int = number) -> None:
            connection.execute(USED.insert().values(neighbour="", body=str(number).encode(), time_ns=1)).close()

        await unit.links.post.send(note("MV", number), within=within)


async def main(folder: Path, name: str, count: int) -> None:
    made = Family(folder, "", 0, {}, {})  # owns what runs
    unit = await made.start(name)
    print("runs", flush=True)
    if count:
        await send(unit, count)
        print("sent", flush=True)
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
