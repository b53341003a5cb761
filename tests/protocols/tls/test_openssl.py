"""OpenSSL's own client against our listening end, and its server against the end that connects."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.peers.openssl import openssl, weak_certificate
from tests.protocols.tls.ends import Echo, Ends, ends
from tests.substation.trust.pki import DAY_NS, Pki


def run(folder: Path, test: Callable[[Ends], Awaitable[None]], **changes: Any) -> None:
    async def main() -> None:
        async with ends(folder, authority="p256", **changes) as made:
            await test(made)

    asyncio.run(main())


def client(two: Ends, *more: str, certificate: Path | None = None) -> list[str]:
    file = certificate or two.pki.authority.file_of("NCC")
    shown = ["-cert", str(file), "-key", str(file.with_suffix(".key"))]
    return [
        "s_client",
        "-connect",
        f"127.0.0.1:{two.port}",
        "-CAfile",
        str(two.pki.folder / "authority.pem"),
        *shown,
        *more,
    ]


@pytest.mark.parametrize(
    "suite", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_AES_128_GCM_SHA256"]
)
def test_suites(tmp_path: Path, suite: str) -> None:
    async def main(two: Ends) -> None:
        option = ["-ciphersuites", suite] if suite.startswith("TLS_") else ["-tls1_2", "-cipher", suite]
        async with openssl(*client(two, *option)) as peer:
            await peer.until("Verify return code: 0 (ok)")
            await peer.type("hello\n")
            await peer.until("\nhello\n")
            assert suite.encode() in peer.shown
            await peer.type("Q\n")
            await peer.end()

    run(tmp_path, main)


def test_the_peer_updates_its_keys(tmp_path: Path) -> None:
    """TLS 1.3 KeyUpdate, with and without the request that we update ours (RFC 8446 4.6.3)."""

    async def main(two: Ends) -> None:
        async with openssl(*client(two, "-tls1_3", "-msg")) as peer:
            await peer.until("Verify return code: 0 (ok)")
            for order in ("K", "k", "K"):
                await peer.type(f"{order}\n")
                await peer.until("KEYUPDATE", len(peer.shown))
                before = len(peer.shown)
                await peer.type("still here\n")
                await peer.until("still here", before)
            assert peer.shown.count(b"<<< TLS 1.3, Handshake [length 0005], KeyUpdate") == 2  # ours, where asked

    run(tmp_path, main)


def test_renegotiation_is_refused(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        async with openssl(*client(two, "-tls1_2")) as peer:
            await peer.until("Verify return code: 0 (ok)")
            await peer.type("R\n")
            assert "no renegotiation" in await peer.end()

    run(tmp_path, main)


REFUSED: dict[str, tuple[list[str], str]] = {
    "TLS 1.1": (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], "INSECURE_TLS_VERSION"),
    "no forward secrecy": (["-tls1_2", "-cipher", "AES128-GCM-SHA256:@SECLEVEL=0"], "NO_CIPHER"),
    "no authenticated encryption": (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"], "NO_CIPHER"),
    "no encryption": (["-tls1_2", "-cipher", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"], "NO_CIPHER"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_too_old(tmp_path: Path, case: str) -> None:
    options, code = REFUSED[case]

    async def main(two: Ends) -> None:
        async with openssl(*client(two, *options)) as peer:
            assert "alert" in await peer.end()  # the peer is told why
        await two.codes(code)

    run(tmp_path, main)


def no_certificate(two: Ends, folder: Path) -> Path | None:
    return None


def of_another_authority(two: Ends, folder: Path) -> Path:
    other = Pki(folder / "evil", two.pki.clock, algorithm="p256")
    other.issue("NCC", role=None, algorithm="p256")
    return other.authority.file_of("NCC")


def expired(two: Ends, folder: Path) -> Path:
    two.pki.clock.now_ns -= 400 * DAY_NS
    two.pki.issue("old", role=None, hosts=("NCC",), days=30, algorithm="p256")
    two.pki.clock.now_ns += 400 * DAY_NS
    return two.pki.authority.file_of("old")


def not_yet_valid(two: Ends, folder: Path) -> Path:
    two.pki.clock.now_ns += 40 * DAY_NS
    two.pki.issue("new", role=None, hosts=("NCC",), algorithm="p256")
    two.pki.clock.now_ns -= 40 * DAY_NS
    return two.pki.authority.file_of("new")


def revoked(two: Ends, folder: Path) -> Path:
    two.pki.authority.revoke("NCC", "keyCompromise")
    two.timer.moved_s += 2.0
    return two.pki.authority.file_of("NCC")


def of_another_centre(two: Ends, folder: Path) -> Path:
    two.pki.issue("NCC2", role=None, algorithm="p256")
    return two.pki.authority.file_of("NCC2")


def of_a_short_key(two: Ends, folder: Path) -> Path:
    return weak_certificate(folder, two.pki.folder, ["rsa:1024"], "sha256", "NCC")


def signed_with_sha_1(two: Ends, folder: Path) -> Path:
    return weak_certificate(folder, two.pki.folder, ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "sha1", "NCC")


Show = Callable[[Ends, Path], Path | None]
SHOWN: dict[str, tuple[Show, str]] = {
    "no certificate": (no_certificate, "CERT_REQUIRED"),
    "another authority": (of_another_authority, "CERT_NOT_TRUSTED|CERT_VALIDATION_FAILED"),
    "expired": (expired, "CERT_EXPIRED"),
    "not yet valid": (not_yet_valid, "CERT_NOT_YET_VALID"),
    "revoked": (revoked, "CERT_REVOKED"),
    "another control centre": (of_another_centre, "CERT_OF_ANOTHER"),
    "RSA of 1024 bit": (of_a_short_key, "ALGO_NOT_SUPPORTED"),
    "SHA-1": (signed_with_sha_1, "ALGO_NOT_SUPPORTED"),
}


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("case", SHOWN)
def test_certificates_that_are_refused(tmp_path: Path, case: str, version: str) -> None:
    show, codes = SHOWN[case]

    async def main(two: Ends) -> None:
        shown = show(two, tmp_path)
        command = client(two, version, "-cipher", "ALL:@SECLEVEL=0", certificate=shown)
        if shown is None:
            command = [each for each in command if each != "-cert"]
            command = command[: command.index("-key") - 1] + command[command.index("-key") + 2 :]
        async with openssl(*command) as peer:
            await peer.end()
        await two.codes(*codes.split("|"))
        assert not any(app.received for app in two.served)

    run(tmp_path, main)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_their_server(tmp_path: Path, version: str) -> None:
    async def main(two: Ends) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        file = two.pki.authority.file_of("RTU")
        command = [
            "s_server",
            "-accept",
            f"127.0.0.1:{port}",
            "-cert",
            str(file),
            "-key",
            str(file.with_suffix(".key")),
        ]
        command += [
            "-CAfile",
            str(two.pki.folder / "authority.pem"),
            "-Verify",
            "2",
            "-verify_return_error",
            "-msg",
            version,
        ]
        async with openssl(*command) as peer:
            await peer.until("ACCEPT")
            two.port = port
            app, _ = await two.connect(two.client())
            await peer.until("-----END SSL SESSION PARAMETERS-----")
            await say(peer_type=peer.type, app=app, text="hello\n")
            if version == "-tls1_3":
                await peer.type("K\n")
                await peer.until("], KeyUpdate")
                await say(peer_type=peer.type, app=app, text="with new keys\n")
                assert app.transport is not None
                app.transport.write(b"and back\n")
                await peer.until("and back")

    run(tmp_path, main)


async def say(peer_type: Callable[[str], Awaitable[None]], app: Echo, text: str) -> None:
    await peer_type(text)
    await app.until(lambda app: app.received.endswith(text.encode()))
