"""A bundle is taken whole, from who may sign, for whom it is meant, in time, once; anything else changes nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from models.wire import cose
from substation.commands import bundle as command
from substation.exchange.key_files import write_key_pair
from substation.maintenance.admission import admit
from substation.maintenance.bundle import (
    CONTEXT,
    MAGIC,
    Bundle,
    Pen,
    add_signature,
    contents_of,
    header,
    open_bundle,
    verify_contents,
)
from substation.maintenance.errors import BundleError
from substation.maintenance.file_list import FileEntry
from substation.maintenance.manifest import Kind, Target, TargetKind
from substation.maintenance.source import entries_of, source_of
from tests.substation.maintenance.bench import (
    CONTENT,
    DAY_NS,
    ERNA,
    INGO,
    NOBODY,
    NOW_NS,
    OLGA,
    bundle,
    manifest_of,
    recipient,
)


def contents(made: Bundle) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for entry, feed in contents_of(made):
        blocks: list[bytes] = []
        feed(blocks.append)
        found[entry.name] = b"".join(blocks)
    return found


def taken(file: Path) -> None:
    opened = open_bundle(file)
    admit(opened, recipient(), NOW_NS)
    verify_contents(opened)


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    made = bundle(tmp_path)
    assert admit(made, recipient(), NOW_NS) == ("Erna",)
    assert contents(made) == CONTENT


def test_every_altered_octet_and_every_cut_is_seen(tmp_path: Path) -> None:
    whole = bundle(tmp_path).file.read_bytes()
    file = tmp_path / "bad.bundle"
    bad = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    bad += [whole[:length] for length in range(len(whole))] + [whole + b"x"]
    for octets in bad:
        file.write_bytes(octets)
        with pytest.raises(BundleError):
            taken(file)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"target": Target(TargetKind.UNIT, "OBR")}, "this is TL"),
        ({"target": Target(TargetKind.LEVEL, "LVGMU")}, "this is TL (TLGMU)"),
        ({"expires_ns": NOW_NS}, "expired"),
        ({"not_before_ns": NOW_NS + 1}, "from 2027"),
        ({"version": 1}, "only a higher one"),
        ({"minimum_product": "0.10"}, "wants Ringmain 0.10"),
    ],
)
def test_what_is_not_for_this_unit_now_is_refused(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    made = bundle(tmp_path, replace(manifest_of(CONTENT), **changes))  # type: ignore[arg-type]
    with pytest.raises(BundleError) as refused:
        admit(made, recipient(), NOW_NS)
    assert reason in str(refused.value)


def test_a_bundle_for_a_level_fits_its_units(tmp_path: Path) -> None:
    made = bundle(tmp_path, replace(manifest_of(CONTENT), target=Target(TargetKind.LEVEL, "TLGMU")))
    assert admit(made, recipient(), NOW_NS) == ("Erna",)


@pytest.mark.parametrize(("key", "reason"), [(NOBODY, "is not known"), (OLGA, "no role that signs")])
def test_only_maintainers_sign(tmp_path: Path, key: object, reason: str) -> None:
    for keys in ((key,), (ERNA, key)):  # one wrong signature spoils it
        with pytest.raises(BundleError) as refused:
            admit(bundle(tmp_path, None, *keys), recipient(), NOW_NS)  # type: ignore[arg-type]
        assert reason in str(refused.value)


def test_only_configured_signers(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not one of"):
        admit(bundle(tmp_path), recipient(signers=("Ingo",)), NOW_NS)


def test_software_wants_four_eyes_where_configured(tmp_path: Path) -> None:
    manifest = manifest_of(CONTENT, kind=Kind.SOFTWARE)
    alone = bundle(tmp_path, manifest)
    with pytest.raises(BundleError, match="two are wanted"):
        admit(alone, recipient(four_eyes=True), NOW_NS)
    with pytest.raises(BundleError, match="signed already"):
        add_signature(alone, Pen(ERNA), tmp_path / "same")
    add_signature(alone, Pen(INGO), tmp_path / "both")
    both = open_bundle(tmp_path / "both")
    assert admit(both, recipient(four_eyes=True), NOW_NS) == ("Erna", "Ingo")
    assert contents(both) == CONTENT


def test_a_frame_of_the_data_interface_is_no_signature(tmp_path: Path) -> None:
    manifest = manifest_of(CONTENT)
    frame = cose.sign(ERNA, manifest.encode())
    file = tmp_path / "frame"
    file.write_bytes(header([frame]) + b"".join(CONTENT[entry.name] for entry in manifest.files))
    with pytest.raises(BundleError, match="does not fit"):
        admit(open_bundle(file), recipient(), NOW_NS)
    assert CONTEXT != cose.CONTEXT


def test_signatures_over_different_manifests_are_refused(tmp_path: Path) -> None:
    manifests = [manifest_of(CONTENT, version) for version in (2, 3)]
    file = tmp_path / "two"
    file.write_bytes(header([cose.sign(ERNA, each.encode(), CONTEXT) for each in manifests]) + b"x" * 200)
    with pytest.raises(BundleError, match="different manifests"):
        open_bundle(file)


@pytest.mark.parametrize(
    "names",
    [
        ("../evil",), ("/etc/passwd",), ("a/../b",), (".release",), ("a//b",), ("a\\b",), ("a\0b",), ("",), ("C:x",),
        ("same", "same"), ("Same", "same"), ("a", "a/b"), ("x" * 300,), ("a.",), ("con fig",),
    ],
)  # fmt: skip
def test_names_that_lead_astray_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    entries = tuple(FileEntry(name, 0, bytes(32)) for name in names)
    manifest = replace(manifest_of({}), files=entries)
    file = tmp_path / "astray"
    file.write_bytes(header([cose.sign(ERNA, manifest.encode(), CONTEXT)]))
    with pytest.raises(BundleError):
        open_bundle(file)


def test_too_much_is_refused(tmp_path: Path) -> None:
    for entries in ([FileEntry("a", 2**40, bytes(32))], [FileEntry(f"f{n}", 0, bytes(32)) for n in range(5001)]):
        manifest = replace(manifest_of({}), files=tuple(entries))
        file = tmp_path / "much"
        file.write_bytes(header([cose.sign(ERNA, manifest.encode(), CONTEXT)]))
        with pytest.raises(BundleError, match="at most|more than"):
            open_bundle(file)
    (tmp_path / "long").write_bytes(MAGIC + b"\xff\xff\xff\xff")
    with pytest.raises(BundleError, match="at most"):
        open_bundle(tmp_path / "long")


def test_links_are_not_taken_along(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "unit.toml").write_text("x")
    os.symlink("/etc/hostname", folder / "host")
    with pytest.raises(BundleError, match="no links"):
        entries_of(source_of(folder))


def test_the_command_makes_signs_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, key, second = tmp_path / "site", tmp_path / "erna.key", tmp_path / "ingo.key"
    folder.mkdir()
    (folder / "unit.toml").write_text("schema = 1\n")
    write_key_pair(ERNA, key, tmp_path / "erna.pub")
    write_key_pair(INGO, second, tmp_path / "ingo.pub")
    one, two = tmp_path / "one.bundle", tmp_path / "two.bundle"
    made = ["make", "--kind", "configuration", "--from", str(folder), "--version", "7", "--for", "LVGMU"]
    assert command.run([*made, "--key", str(key), "--out", str(one)]) == 0
    assert command.run(["sign", str(one), "--key", str(second), "--out", str(two)]) == 0
    assert command.run(["check", str(two)]) == 0
    told = capsys.readouterr().out
    assert "configuration 7 for level LVGMU: content is whole" in told
    assert ERNA.key_id.hex()[:16] in told
    assert INGO.key_id.hex()[:16] in told
    with pytest.raises(BundleError, match="exists already"):
        command.run([*made, "--key", str(key), "--out", str(one)])
    (folder / "unit.toml").rename(folder / "other.toml")
    with pytest.raises(BundleError, match=r"no unit\.toml"):
        command.run([*made, "--key", str(key), "--out", str(tmp_path / "three")])
    manifest = open_bundle(one).manifest
    assert manifest.expires_ns - manifest.made_ns == 30 * DAY_NS
