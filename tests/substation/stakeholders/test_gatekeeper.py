"""Who is let in, who is not, and when a session has ended."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from models.wire.keys import SigningKey
from protocols.tls.security_event import CertificateRefusedError, SecurityCode
from substation.exchange.access import EVERYWHERE, Right, Role
from substation.exchange.gatekeeper import LoginRefusedError
from substation.stakeholders.blocks import BLOCK
from substation.stakeholders.market import under_contract
from substation.stakeholders.settings import SecuritySettings
from substation.stakeholders.stakeholder import Kind
from substation.trust.store import CertifiedStakeholder
from tests.substation.stakeholders.guard import (
    CHEAP,
    FAR,
    FRESH,
    GOOD,
    NEAR,
    OLGA,
    START_NS,
    TLS,
    Guard,
    by_key,
    by_password,
)

HOUR_NS = 3600 * 10**9
WRONG = "name or password is wrong, or the name is locked"


def played(
    data: Path, scene: Callable[[Guard], Coroutine[object, object, None]], settings: SecuritySettings = CHEAP
) -> None:
    async def main() -> None:
        guard = Guard(data, settings)
        with closing(guard.register):
            await scene(guard)

    asyncio.run(main())


def test_a_key(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        session = await guard.gatekeeper.admit(by_key(), FAR)
        identity = session.identity()
        assert identity is not None
        assert (str(identity), identity.approves, identity.service) == ("Olga (OPERATOR)", True, "hmi")
        second = await guard.gatekeeper.admit(by_key(), FAR)
        assert second.first - session.first == BLOCK
        with pytest.raises(LoginRefusedError, match=r"is not admitted; `ringmain enrol` admits it"):
            await guard.gatekeeper.admit(by_key(FRESH), FAR)

    played(tmp_path, scene)


def test_a_password(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        await guard.with_password()
        for peer in (NEAR, TLS):
            session = await guard.gatekeeper.admit(by_password(GOOD), peer)
            identity = session.identity()
            assert identity is not None
            assert (identity.name, identity.key_id) == ("Olga", FRESH.key_id)
        for login, reason in (
            (by_password("not the right one"), WRONG),
            (by_password(""), WRONG),
            (by_password("x" * 100_000), WRONG),
            (by_password(GOOD, "Nobody"), WRONG),
            (by_password(GOOD, key=OLGA), "a fresh key along, not an admitted one"),
        ):
            with pytest.raises(LoginRefusedError, match=reason):
                await guard.gatekeeper.admit(login, NEAR)
        with pytest.raises(LoginRefusedError, match="over TLS or from the same machine"):
            await guard.gatekeeper.admit(by_password(GOOD), FAR)

    played(tmp_path, scene)


def test_a_refusal_says_nothing_by_its_time(tmp_path: Path) -> None:
    """Known, unknown and locked names: the answer comes at the same multiple, although the work behind it differs."""

    async def main() -> None:
        guard = Guard(tmp_path, refusal_s=0.15)
        with closing(guard.register):
            await guard.with_password()
            loop = asyncio.get_running_loop()
            guard.gatekeeper._timer = loop.time  # noqa: SLF001 - real time here
            for user in ("Olga", "Nobody"):
                began_s = loop.time()
                with pytest.raises(LoginRefusedError, match=WRONG):
                    await guard.gatekeeper.admit(by_password("not the right one", user), NEAR)
                assert 0.14 < loop.time() - began_s < 0.29

    asyncio.run(main())


def test_wrong_passwords_lock_the_password_and_not_the_key(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        await guard.with_password()
        for _ in range(5):
            with pytest.raises(LoginRefusedError, match=WRONG):
                await guard.gatekeeper.admit(by_password("not the right one"), TLS)
        assert guard.locked == [("Olga", TLS.address)]
        with pytest.raises(LoginRefusedError, match=WRONG):
            await guard.gatekeeper.admit(by_password(GOOD), TLS)
        await guard.gatekeeper.admit(by_key(), FAR)
        guard.clocks.wait(901)
        await guard.gatekeeper.admit(by_password(GOOD), TLS)

    played(tmp_path, scene)


def test_the_lock_survives_a_restart_and_can_be_opened(tmp_path: Path) -> None:
    async def lock(guard: Guard) -> None:
        await guard.with_password()
        for _ in range(5):
            with pytest.raises(LoginRefusedError):
                await guard.gatekeeper.admit(by_password("not the right one"), TLS)

    async def unlock(guard: Guard) -> None:
        with pytest.raises(LoginRefusedError):
            await guard.gatekeeper.admit(by_password(GOOD), TLS)
        guard.register.unlock("Olga", START_NS, "Sara (SECADM)")
        await guard.gatekeeper.admit(by_password(GOOD), TLS)
        changes = [f"{each.who} {each.what}" for each in guard.register.changes()]
        assert "the unit locks the password of Olga after 5 wrong ones" in changes
        assert "Sara (SECADM) unlocks Olga" in changes

    played(tmp_path, lock)
    played(tmp_path, unlock)


def test_a_right_password_forgets_the_wrong_ones(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        await guard.with_password()
        for _ in range(3):
            for _ in range(4):
                with pytest.raises(LoginRefusedError):
                    await guard.gatekeeper.admit(by_password("not the right one"), NEAR)
            session = await guard.gatekeeper.admit(by_password(GOOD), NEAR)
            session.leave()
            assert session.identity() is None
        assert guard.locked == []

    played(tmp_path, scene)


def test_an_address_that_fails_often_waits(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        await guard.with_password()
        for _ in range(3):
            with pytest.raises(LoginRefusedError, match=WRONG):
                await guard.gatekeeper.admit(by_password("not the right one", "Nobody"), TLS)
        with pytest.raises(LoginRefusedError, match="too many failed logins from 192.0.2.7: wait 20 s"):
            await guard.gatekeeper.admit(by_password(GOOD), TLS)
        await guard.gatekeeper.admit(by_password(GOOD), replace(TLS, address="192.0.2.8:1"))
        await guard.gatekeeper.admit(by_key(), TLS)  # an admitted key is no guess
        guard.clocks.wait(21)
        await guard.gatekeeper.admit(by_password(GOOD), TLS)

    played(tmp_path, scene, replace(CHEAP, address_failures=3))


def test_many_logins_at_once_are_bounded(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        await guard.with_password()
        tries = [guard.gatekeeper.admit(by_password(GOOD), NEAR) for _ in range(40)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert any("too many logins at once" in str(each) for each in outcomes)
        assert sum(not isinstance(each, Exception) for each in outcomes) == 16

    played(tmp_path, scene)


def test_a_hash_of_other_costs_is_renewed(tmp_path: Path) -> None:
    async def first(guard: Guard) -> None:
        await guard.with_password()

    async def second(guard: Guard) -> None:
        old = guard.register.named("Olga")
        session = await guard.gatekeeper.admit(by_password(GOOD), NEAR)
        new = guard.register.named("Olga")
        assert old is not None
        assert new is not None
        assert old.password.startswith("$argon2id$v=19$m=64,t=1,p=1$")
        assert new.password.startswith("$argon2id$v=19$m=128,t=1,p=1$")
        assert session.identity() is not None

    played(tmp_path, first)
    played(tmp_path, second, replace(CHEAP, argon2_memory_kib=128))


def _withdraw(guard: Guard) -> None:
    guard.register.withdraw("Olga", START_NS, "test")


def _remove_key(guard: Guard) -> None:
    guard.register.remove_key(OLGA.key_id)


def _expire(guard: Guard) -> None:
    guard.clocks.wait(7201)


def _idle(guard: Guard) -> None:
    guard.clocks.wait(1801)


def _end(guard: Guard) -> None:
    guard.gatekeeper.sessions.present()[0].end("ended by Sara")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (_withdraw, "the key has been withdrawn"),
        (_remove_key, "the key has been withdrawn"),
        (_expire, "the enrolment of Olga has expired"),
        (_idle, "no request for 1800 s"),
        (_end, "ended by Sara"),
    ],
)
def test_what_ends_a_session(tmp_path: Path, what: Callable[[Guard], None], why: str) -> None:
    async def scene(guard: Guard) -> None:
        guard.register.enrol(OLGA.public, "Olga", Role.OPERATOR, START_NS, valid_until_ns=START_NS + 2 * HOUR_NS)
        session = await guard.gatekeeper.admit(by_key(), FAR)
        guard.clocks.wait(1000)
        session.used()
        guard.clocks.wait(1000)
        assert session.identity() is not None
        what(guard)
        async with asyncio.timeout(20):
            while session.identity() is not None:
                await asyncio.sleep(0.01)
        assert session.why == why
        session.leave()
        assert guard.gatekeeper.sessions.present() == []

    played(tmp_path, scene)


def test_agents_may_be_idle(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        guard.register.enrol(OLGA.public, "Olga", Role.VIEWER, START_NS, kind=Kind.AGENT)
        session = await guard.gatekeeper.admit(by_key(), FAR)
        guard.clocks.wait(10**6)
        assert session.identity() is not None

    played(tmp_path, scene)


def test_a_changed_password_ends_its_sessions(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        await guard.with_password()
        session = await guard.gatekeeper.admit(by_password(GOOD), NEAR)
        await guard.with_password("another horse battery")
        async with asyncio.timeout(20):
            while session.identity() is not None:
                await asyncio.sleep(0.01)
        assert session.why == "the password has been changed: log in again"

    played(tmp_path, scene)


def test_sessions_of_one_stakeholder_are_bounded(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        for _ in range(2):
            await guard.gatekeeper.admit(by_key(), FAR)
        with pytest.raises(LoginRefusedError, match="Olga has 2 sessions open already"):
            await guard.gatekeeper.admit(by_key(), FAR)

    played(tmp_path, scene, replace(CHEAP, sessions_per_stakeholder=2))


def test_fresh_keys_leave_one_row(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        await guard.with_password()
        firsts = []
        for index in range(5):
            key = SigningKey.from_seed(bytes([100 + index]) * 32)
            session = await guard.gatekeeper.admit(by_password(GOOD, key=key), NEAR)
            firsts.append(session.first)
        assert firsts == [BLOCK * (index + 1) for index in range(5)]

    played(tmp_path, scene)
    with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM sequences").fetchone() == (1,)


class Authority:
    """Says of a chain what a trust store says of certificates; those have tests of their own."""

    def __init__(self) -> None:
        self.valid = True

    def verify(self, chain: Sequence[bytes]) -> CertifiedStakeholder:
        if chain[0] == b"expired":
            raise CertificateRefusedError(SecurityCode.CERT_EXPIRED, "Carl")
        key = FRESH if chain[0] != b"of another key" else OLGA
        level = "CMU" if chain[0] == b"unit" else None
        name = chain[0].decode() if chain[0][:1].isupper() else "Carl"
        return CertifiedStakeholder(name, Role.ENGINEER, ("ST1/*",), key.public, 7, 0, START_NS + HOUR_NS, level)

    def still_valid(self, serial: int) -> bool:
        return self.valid


def test_a_certificate(tmp_path: Path) -> None:
    async def main() -> None:
        authority = Authority()
        guard = Guard(tmp_path, certifier=authority)
        with closing(guard.register):
            session = await guard.gatekeeper.admit(replace(by_key(FRESH), chain=(b"person",)), FAR)
            identity = session.identity()
            assert identity is not None
            assert (str(identity), identity.areas, identity.approves) == ("Carl (ENGINEER)", ("ST1/*",), False)
            for chain, why in ((b"expired", "expired"), (b"of another key", "not signed with the key"),
                               (b"Olga", "Olga is enrolled here with other keys")):  # fmt: skip
                with pytest.raises(LoginRefusedError, match=why):
                    await guard.gatekeeper.admit(replace(by_key(FRESH), chain=(chain,)), FAR)
            assert guard.register.named("Carl") is None  # nothing is enrolled for good
            authority.valid = False
            assert session.identity() is None
            assert session.why == "the certificate has expired or has been revoked"

    asyncio.run(main())


def test_a_certificate_of_somebody_who_is_enrolled(tmp_path: Path) -> None:
    """The register rules over role and areas; the certificate proves who it is."""

    async def main() -> None:
        guard = Guard(tmp_path, certifier=Authority())
        with closing(guard.register):
            guard.register.enrol(OLGA.public, "Olga", Role.OPERATOR, START_NS, approves=True, subject="Carl")
            session = await guard.gatekeeper.admit(replace(by_key(FRESH), chain=(b"person",)), FAR)
            identity = session.identity()
            assert identity is not None
            assert (str(identity), identity.areas, identity.approves) == ("Olga (OPERATOR)", EVERYWHERE, True)

    asyncio.run(main())


def test_units_with_certificates_may_be_idle(tmp_path: Path) -> None:
    async def main() -> None:
        guard = Guard(tmp_path, certifier=Authority())
        with closing(guard.register):
            unit = await guard.gatekeeper.admit(replace(by_key(FRESH), chain=(b"unit",)), FAR)
            person = await guard.gatekeeper.admit(replace(by_key(FRESH), chain=(b"person",)), FAR)
            guard.clocks.wait(1900)
            assert unit.identity() is not None
            assert person.identity() is None
            guard.clocks.wait(3600)
            assert unit.identity() is None
            assert unit.why == "the enrolment of Carl has expired"

    asyncio.run(main())


def test_s20_who_has_a_contract_acts_as_a_market_service_whatever_is_enrolled(tmp_path: Path) -> None:
    async def scene(guard: Guard) -> None:
        before = await guard.gatekeeper.admit(by_key(), FAR)
        guard.gatekeeper.acting = under_contract({"Olga"})
        for session in (before, await guard.gatekeeper.admit(by_key(), FAR)):
            identity = session.identity()
            assert identity is not None
            assert (identity.role, identity.approves) == (Role.MARKET, False)
            assert identity.may(Right.COMMAND)
            assert not identity.may(Right.OPERATE)
        guard.gatekeeper.acting = under_contract({"Bo"})
        identity = (await guard.gatekeeper.admit(by_key(), FAR)).identity()
        assert identity is not None
        assert identity.role is Role.OPERATOR

    played(tmp_path, scene)
