"""A software release that stands in for the unit: it says to its supervisor what a text tells it to.

The supervisor starts it as it starts a real one: its packages stand in front of the installed ones.
"""

from __future__ import annotations

from pathlib import Path

from substation.maintenance.bundle import contents_of
from substation.maintenance.manifest import Kind
from substation.maintenance.pointer import Active, Choice, Timing, write_active
from substation.maintenance.releases import Record, Releases
from tests.substation.maintenance.bench import CONTENT, bundle, manifest_of

PROGRAM = """
import json, os, signal, socket, sys, time
from pathlib import Path
unit, site, line = sys.argv[1:]
life = {life!r}
(Path(site) / "unit.pid").write_text(str(os.getpid()))
with open(Path(site) / "lives", "a") as stream:
    stream.write(life + "\\n")
link = socket.socket(fileno=int(line))
def say(word):
    link.sendall((json.dumps([word, ""]) + "\\n").encode())
if life == "fails":
    sys.exit(3)
say("alive")
if life == "never ready":
    time.sleep(60)
say("ready")
if life == "dies":
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGKILL)
if life == "hangs":
    time.sleep(60)
link.settimeout(0.1)
while True:
    try:
        heard = link.recv(1000)
    except TimeoutError:
        say("alive")
        continue
    if not heard:
        break
    with open(Path(site) / "lives", "a") as stream:
        stream.write("heard " + json.loads(heard)[0] + "\\n")
    if life == "asks":
        sys.exit(75)
"""
TIMING = Timing(health_s=2.0, settle_s=0.3, stall_s=1.0)


def site_with(folder: Path, old: str, new: str) -> Releases:
    """Software 1 lives as `old` says and is active; software 2 as `new` says and is on trial."""
    releases = Releases(folder / "site")
    releases.prepare()
    (folder / "bundles").mkdir()
    _stage(releases, folder, Kind.CONFIGURATION, 1, CONTENT)
    for version, life in ((1, old), (2, new)):
        content = {
            "substation/__init__.py": b"",
            "substation/maintenance/__init__.py": b"",
            "substation/maintenance/supervised.py": PROGRAM.format(life=life).encode(),
        }
        _stage(releases, folder, Kind.SOFTWARE, version, content)
    first = Active(Choice(1, 1), highest=Choice(1, 1), timing=TIMING)
    write_active(releases.site, first.chosen(Choice(1, 2), "on trial", 1, TIMING))
    return releases


def _stage(releases: Releases, folder: Path, kind: Kind, version: int, content: dict[str, bytes]) -> None:
    made = bundle(folder / "bundles", manifest_of(content, version, kind), content=content)
    releases.stage(Record(made.manifest, "test", made.frames), contents_of(made))


def lives(releases: Releases) -> list[str]:
    file = releases.site / "lives"
    return file.read_text().splitlines() if file.exists() else []
