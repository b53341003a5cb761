"""What the unit's start followed, as control centres are told (COI of M_EI_NA_1): kept over the restart itself.

A start of which nobody has said anything beforehand is one after a loss of power, a crash or a service manager's stop.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from protocols.iec104.application.initialisation import PARAMETERS_CHANGED, Initialisation
from substation.application import Plain
from substation.history.store import History

_STATE = "start of IEC 104 services"


def plan(history: History, cause: Initialisation) -> None:
    """The unit restarts now, for this reason."""
    history.save_state_later(_STATE, {**_kept(history), "cause": int(cause)})


def initialised_by(history: History, files: Iterable[Path]) -> int:
    """COI of this start; with PARAMETERS_CHANGED where the configuration's files are others than at the last one."""
    kept, now = _kept(history), _fingerprint(files)
    history.save_state_later(_STATE, {"cause": int(Initialisation.POWER), "files": now})
    cause, before = kept.get("cause"), kept.get("files")
    changed = PARAMETERS_CHANGED if before is not None and before != now else 0
    return (cause if isinstance(cause, int) else int(Initialisation.POWER)) | changed


def _kept(history: History) -> dict[str, Plain]:
    kept = history.load_state(_STATE)
    return kept if isinstance(kept, dict) else {}


def _fingerprint(files: Iterable[Path]) -> str:
    digest = sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
