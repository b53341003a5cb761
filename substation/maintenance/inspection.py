"""A staged release is tried before it counts: in a process of its own, which may fail, hang or die without harm."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from substation.maintenance.errors import ReleaseError
from substation.maintenance.inventory import refuse_other_requirements
from substation.maintenance.manifest import Kind
from substation.maintenance.pointer import Choice
from substation.maintenance.releases import UNIT_FILE, Releases

CHECK_S = 120.0
MOST_WORDS = 600
_SELF_TEST = ["-m", "substation.maintenance.self_test"]


def environment_of(releases: Releases, choice: Choice) -> dict[str, str]:
    """For every process of a release: its packages first, nothing from the working directory, no files beside them."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    path = releases.software_path(choice)
    if path is not None:
        kept |= {"PYTHONPATH": str(path), "PYTHONPYCACHEPREFIX": str(releases.cache / path.name)}
    return {**kept, "PYTHONSAFEPATH": "1"}


async def inspect(releases: Releases, choice: Choice, changed: Kind, unit: str) -> None:
    """ReleaseError with the first problem. The present data are not touched. unit: the name that it has."""
    if changed is Kind.SOFTWARE:
        path = releases.software_path(choice)
        if path is not None:
            await asyncio.to_thread(refuse_other_requirements, path)
            await asyncio.to_thread(_refuse_strange_packages, path)
        await _try(releases, choice, _SELF_TEST, "its software does not run here")
    await asyncio.to_thread(releases.link_local, choice)
    unit_file = releases.unit_file(choice)
    if not unit_file.is_file():
        raise ReleaseError(f"{unit_file.parent.name}: holds no {UNIT_FILE}")
    await asyncio.to_thread(_refuse_another_unit, releases, unit_file, unit)
    await _try(releases, choice, ["-m", "ringmain", "check", str(unit_file)], "the configuration has problems")


def _refuse_another_unit(releases: Releases, unit_file: Path, name: str) -> None:
    """Keys, links and history belong to this name and these data. What `check` finds wrong is left to it."""
    from tomllib import TOMLDecodeError, loads

    try:
        unit = loads(unit_file.read_text(encoding="utf-8")).get("unit")
    except (OSError, UnicodeDecodeError, TOMLDecodeError):
        return
    if not isinstance(unit, dict):
        return
    if isinstance(found := unit.get("name", name), str) and found != name:
        raise ReleaseError(f"{unit_file}: is for the unit '{found}', this is {name}; a unit keeps its name")
    data = unit.get("data", "data")
    if isinstance(data, str) and not (unit_file.parent / data).resolve().is_relative_to(releases.local):
        raise ReleaseError(f"{unit_file}: [unit] data = '{data}' does not stay with the unit; write data = \"data\"")


def _refuse_strange_packages(folder: Path) -> None:
    """Ringmain's own code alone: anything else in front of the installed packages would take their place."""
    own = {"hmi", "models", "protocols", "sim_ied", "substation", "ringmain.py", ".release"}
    names = {path.name for path in folder.iterdir() if not path.name.endswith(".dist-info")}
    if strange := sorted(names - own):
        raise ReleaseError(f"{folder.name}: brings '{strange[0]}', which is no part of Ringmain; leave it out")


async def _try(releases: Releases, choice: Choice, arguments: Sequence[str], what: str) -> None:
    status, words = await _run(arguments, environment_of(releases, choice), releases.site)
    if status != 0:
        raise ReleaseError(f"{choice}: {what}: {words or f'it ended with status {status}'}")


async def _run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """Exit status and the last words of a process; it is ended when it takes too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(CHECK_S):
            output, _ = await process.communicate()
    except TimeoutError:
        return 1, f"no end within {CHECK_S:g} s"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    words = output.decode("utf-8", "replace").strip()
    return process.returncode or 0, words[-MOST_WORDS:]
