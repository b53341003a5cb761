"""Whatever happens while a release is staged and activated, afterwards there is the old one or the new one, whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from substation.maintenance import durable
from substation.maintenance.bundle import Bundle, contents_of
from substation.maintenance.errors import BundleError, ReleaseError
from substation.maintenance.manifest import Kind
from substation.maintenance.pointer import Active, Choice, Timing, read_active, write_active
from substation.maintenance.releases import Record, Releases
from tests.substation.maintenance.bench import CONTENT, NOW_NS, bundle, manifest_of

OLD, NEW = Choice(1), Choice(2)
NEW_CONTENT = {**CONTENT, "unit.toml": CONTENT["unit.toml"] + b"# new\n", "another/file.txt": b"y" * 3000}
STEPS = ("write_file", "settle", "rename", "remove_tree", "forget_cached")


class PowerCutError(BaseException):
    """The process is gone: nobody catches this, nothing is cleaned up."""


def stage(releases: Releases, made: Bundle) -> None:
    releases.stage(Record(made.manifest, "test", made.frames), contents_of(made))


def activate(releases: Releases, made: Bundle) -> None:
    """As a unit does it; what an earlier attempt has left is no hindrance."""
    stage(releases, made)
    active = read_active(releases.site)
    assert active is not None
    write_active(releases.site, active.chosen(NEW, "told", NOW_NS, Timing()))


@pytest.fixture
def site(tmp_path: Path) -> tuple[Releases, Bundle]:
    """Configuration 1 is active, the bundle of configuration 2 waits."""
    releases = Releases(tmp_path / "site")
    releases.prepare()
    (tmp_path / "bundles").mkdir()
    stage(releases, bundle(tmp_path / "bundles", manifest_of(CONTENT, 1)))
    write_active(releases.site, Active(OLD, highest=OLD))
    return releases, bundle(tmp_path / "bundles", manifest_of(NEW_CONTENT, 2), content=NEW_CONTENT)


def found(releases: Releases) -> Choice:
    """What a start after the power cut would run, its files compared."""
    active = read_active(releases.site)
    assert active is not None
    releases.verify(active.now)
    releases.link_local(active.now)
    releases.verify(active.now)
    return active.now


def test_power_cut_at_every_step(site: tuple[Releases, Bundle], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each step, and in the middle of each file that is written."""
    releases, made = site
    cut_at, done, ends = 0, False, []
    while not done:
        with monkeypatch.context() as patch:
            _cut(patch, cut_at)
            try:
                activate(releases, made)
                done = True
            except PowerCutError:
                pass
        ends.append(found(releases))
        cut_at += 1
    assert cut_at >= 20
    assert ends[-1] == NEW
    assert ends == sorted(ends, key=lambda choice: choice.configuration)
    assert {entry.name for entry in releases.record(Kind.CONFIGURATION, 2).manifest.files} == set(NEW_CONTENT)


def _cut(patch: pytest.MonkeyPatch, at: int) -> None:
    left = [at]

    def before(step: Callable[..., object], name: str) -> Callable[..., object]:
        def guarded(*arguments: object) -> object:
            if left[0] == 0:
                if name == "write_file":
                    Path(str(arguments[0])).write_bytes(b"ha")
                raise PowerCutError
            left[0] -= 1
            return step(*arguments)

        return guarded

    for name in STEPS:
        patch.setattr(durable, name, before(getattr(durable, name), name))


KILLED = """
import sys
from pathlib import Path
from substation.maintenance.bundle import contents_of, open_bundle
from substation.maintenance.pointer import Choice, Timing, read_active, write_active
from substation.maintenance.releases import Record, Releases
releases, made = Releases(Path(sys.argv[1])), open_bundle(Path(sys.argv[2]))
print("begins", flush=True)
releases.stage(Record(made.manifest, "test", made.frames), contents_of(made))
write_active(releases.site, read_active(releases.site).chosen(Choice(2), "told", 1, Timing()))
print("done", flush=True)
"""


def test_kill_9_at_any_time(site: tuple[Releases, Bundle]) -> None:
    releases, made = site
    chance = random.Random(8)
    seen = set()
    for _ in range(6):
        arguments = [sys.executable, "-c", KILLED, str(releases.site), str(made.file)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begins\n"
            try:
                process.wait(chance.uniform(0.0, 0.03))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
        seen.add(found(releases))
        write_active(releases.site, Active(OLD, highest=OLD))
    activate(releases, made)
    assert found(releases) == NEW
    assert seen <= {OLD, NEW}


def test_an_altered_bundle_leaves_no_release(site: tuple[Releases, Bundle]) -> None:
    releases, made = site
    octets = bytearray(made.file.read_bytes())
    octets[-1] ^= 1
    made.file.write_bytes(octets)
    with pytest.raises(BundleError, match="not what was signed"):
        activate(releases, made)
    assert found(releases) == OLD
    assert releases.known()[Kind.CONFIGURATION] == [1]


def test_a_full_disk_leaves_no_release(site: tuple[Releases, Bundle], monkeypatch: pytest.MonkeyPatch) -> None:
    releases, made = site

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ReleaseError, match="No space left"):
            activate(releases, made)
    assert found(releases) == OLD
    activate(releases, made)
    assert found(releases) == NEW


def _appended(folder: Path) -> None:
    with (folder / "unit.toml").open("a") as stream:
        stream.write(" ")


def _replaced_by_link(folder: Path) -> None:
    (folder / "b.bin").rename(folder.parent / "b.bin")
    (folder / "b.bin").symlink_to("../b.bin")


@pytest.mark.parametrize(
    "tamper",
    [
        _appended,
        _replaced_by_link,
        lambda folder: (folder / "b.bin").unlink(),
        lambda folder: (folder / "extra.py").write_text("x"),
        lambda folder: (folder / "extra").symlink_to("/etc"),
        lambda folder: (folder / "data2").symlink_to("../../local/data"),
        lambda folder: (folder / ".release").write_bytes(b"\x80"),
    ],
)
def test_what_was_changed_on_the_disk_is_found(site: tuple[Releases, Bundle], tamper: Callable[[Path], object]) -> None:
    releases, _ = site
    tamper(releases.folder(Kind.CONFIGURATION, 1))
    with pytest.raises(ReleaseError):
        releases.verify(OLD)


def test_local_files_are_found_in_every_release_and_never_brought(site: tuple[Releases, Bundle]) -> None:
    releases, made = site
    (releases.local / "own.key").write_text("secret")
    activate(releases, made)
    assert found(releases) == NEW
    folder = releases.folder(Kind.CONFIGURATION, 2)
    assert (folder / "own.key").read_text() == "secret"
    assert (folder / "data").resolve() == releases.local / "data"
    with pytest.raises(ReleaseError, match="belongs to the unit"):
        releases.refuse_local(manifest_of({"Own.key": b""}))
    with pytest.raises(ReleaseError, match="belongs to the unit"):
        releases.refuse_local(manifest_of({"data/keys.sqlite": b""}))


def test_old_releases_are_forgotten_but_not_what_is_returned_to(site: tuple[Releases, Bundle]) -> None:
    releases, _ = site
    for version in range(2, 8):
        stage(releases, bundle(releases.incoming, manifest_of(CONTENT, version)))
    releases.prune(Active(Choice(2), previous=Choice(1)))
    assert releases.known()[Kind.CONFIGURATION] == [1, 2, 5, 6, 7]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"now": {"configuration": -1, "software": 0}}', "\xff"])
def test_a_damaged_pointer_is_told(site: tuple[Releases, Bundle], text: str) -> None:
    releases, _ = site
    (releases.site / "active.json").write_text(text, encoding="latin-1")
    with pytest.raises(ReleaseError):
        read_active(releases.site)
