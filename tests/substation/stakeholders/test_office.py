"""Security officers at work, through the data interface of a running unit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path

import pytest

from models.errors import LinkError
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from models.wire.messages import Code
from protocols.exchange.client import Client, RequestError, connect
from substation.exchange.access import Role
from substation.stakeholders.register import StakeholderRegister
from tests.substation.stakeholders.guard import GOOD
from tests.substation.stakeholders.office import KEYS, Office, office

NEW = SigningKey.from_seed(bytes([77]) * 32)
OLGA = "OBR/stakeholders/Olga"


def played(folder: Path, scene: Callable[[Office], Coroutine[object, object, None]]) -> None:
    async def main() -> None:
        async with office(folder) as opened:
            await scene(opened)

    asyncio.run(main())


async def said(client: Client, variable: str, location: str, value: WireValue) -> tuple[Code, str]:
    answer = await client.write(variable, location, value)
    return answer.code, answer.text


def value_of(instance: Instance) -> dict[str, WireValue]:
    assert isinstance(instance.value, dict)
    return instance.value


def test_an_enrolment_from_afar(tmp_path: Path) -> None:
    async def scene(unit: Office) -> None:
        place = "OBR/stakeholders/Nina"
        value: WireValue = {"role": "OPERATOR", "approves": True, "areas": ["ST1/*"], "key": NEW.public.raw}
        async with unit.client(Role.SECADM) as sara, unit.client(Role.SECAUD) as aude:
            watching = await aude.event("Stakeholders", "OBR/stakeholders/*", initial=False)
            assert await said(sara, "Stakeholder.Enrol", place, value) == (Code.OK, "")
            async with asyncio.timeout(20):
                told = await anext(aiter(watching))
            assert value_of(told.instances[0])["areas"] == ["ST1/*"]
            async with connect(unit.url, NEW) as nina:
                assert nina is not None
            code, text = await said(sara, "Stakeholder.Enrol", place, value)
            assert (code, text) == (Code.NOT_ALLOWED, "Nina is enrolled already; Stakeholder.Role changes the role")
            assert await said(sara, "Stakeholder.Withdraw", place, None) == (Code.OK, "")
            assert await sara.query("Stakeholders", place) == []
            with pytest.raises(LinkError, match="not known|not admitted"):
                async with connect(unit.url, NEW, timeout_s=2.0):
                    pass
            found = await aude.query("Audit", "OBR", 'value.kind == "security"')
            lines = [f"{value_of(each)['who']} {value_of(each)['what']}" for each in found]
            assert any(line.startswith("Sara (SECADM) enrols Nina (OPERATOR), approves, areas ST1/*") for line in lines)
            assert "Sara (SECADM) withdraws Nina" in lines

    played(tmp_path, scene)


REFUSED: tuple[tuple[str, str, WireValue, Code], ...] = (
    ("Stakeholder.Enrol", "x/y", {"role": "VIEWER", "key": NEW.public.raw}, Code.BAD_REQUEST),
    ("Stakeholder.Enrol", "Nina", {"role": "VIEWER"}, Code.BAD_REQUEST),
    ("Stakeholder.Enrol", "Nina", {"role": "VIEWER", "key": b"short"}, Code.BAD_REQUEST),
    ("Stakeholder.Enrol", "Nina", {"role": "VIEWER", "key": KEYS[Role.OPERATOR].public.raw}, Code.NOT_ALLOWED),
    ("Stakeholder.Enrol", "Nina", {"role": "VIEWER", "approves": True, "key": NEW.public.raw}, Code.BAD_REQUEST),
    ("Stakeholder.Enrol", "Nina", {"role": "VIEWER", "password": "short"}, Code.BAD_REQUEST),
    ("Stakeholder.Enrol", "Nina", {"role": "VIEWER", "password": "this is nina's own"}, Code.BAD_REQUEST),
    ("Stakeholder.Enrol", "Nina", {"role": "VIEWER", "password": "password1234"}, Code.BAD_REQUEST),
    ("Stakeholder.Enrol", "Nina", {"role": "VIEWER", "areas": "ST1"}, Code.BAD_REQUEST),
    ("Stakeholder.Enrol", "Nina", {"role": "OPERATOR", "subject": "Sara"}, Code.NOT_ALLOWED),
    ("Stakeholder.Role", "Sara", {"role": "OPERATOR"}, Code.NOT_ALLOWED),
    ("Stakeholder.Role", "Olga", "no map", Code.BAD_REQUEST),
    ("Stakeholder.Role", "Olga", {"role": "KING"}, Code.BAD_REQUEST),
    ("Stakeholder.Role", "Olga", {"role": "VIEWER", "more": 1}, Code.BAD_REQUEST),
    ("Stakeholder.Role", "Olga", {"role": "SECADM", "approves": True}, Code.BAD_REQUEST),
    ("Stakeholder.Role", "Nobody", {"role": "OPERATOR"}, Code.BAD_REQUEST),
    ("Stakeholder.Withdraw", "Sara", None, Code.NOT_ALLOWED),
    ("Stakeholder.Withdraw", "Olga", "now", Code.BAD_REQUEST),
    ("Stakeholder.Key", "Olga", {}, Code.BAD_REQUEST),
    ("Stakeholder.Key", "Olga", {"add": KEYS[Role.SECADM].public.raw}, Code.BAD_REQUEST),
    ("Stakeholder.Key", "Olga", {"remove": bytes(KEYS[Role.SECADM].key_id)}, Code.BAD_REQUEST),
    ("Stakeholder.Promote", "Olga", None, Code.UNKNOWN_VARIABLE),
)


def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    async def scene(unit: Office) -> None:
        async with unit.client(Role.SECADM) as sara:
            before = [each.value for each in await sara.query("Stakeholders", "OBR/stakeholders/*")]
            for variable, name, value, code in REFUSED:
                answer = await said(sara, variable, f"OBR/stakeholders/{name}", value)
                assert answer[0] is code, (variable, name, value, answer)
                assert [each.value for each in await sara.query("Stakeholders", "OBR/stakeholders/*")] == before

    played(tmp_path, scene)


def test_a_new_role_holds_at_once(tmp_path: Path) -> None:
    async def scene(unit: Office) -> None:
        async with unit.client(Role.RBACMNT) as rita, unit.client(Role.OPERATOR) as olga:
            assert (await said(olga, "Stakeholder.Unlock", OLGA, None))[0] is Code.NOT_ALLOWED
            assert (await said(rita, "Stakeholder.Unlock", OLGA, None))[0] is Code.NOT_ALLOWED
            assert await said(rita, "Stakeholder.Role", OLGA, {"role": "SECADM"}) == (Code.OK, "")
            async with asyncio.timeout(20):  # the session ends, and the client logs in again as what she is now
                while (await said(olga, "Stakeholder.Unlock", OLGA, None))[0] is not Code.OK:
                    await asyncio.sleep(0.05)

    played(tmp_path, scene)


def test_passwords(tmp_path: Path) -> None:
    async def scene(unit: Office) -> None:
        async with unit.client(Role.SECADM) as sara, unit.client(Role.OPERATOR) as olga:
            assert await said(sara, "Stakeholder.Password", OLGA, {"new": GOOD}) == (Code.OK, "")
            async with unit.by_password("Olga", GOOD) as by_password:
                own = {"old": GOOD, "new": "a sunny day in June"}
                vito = "OBR/stakeholders/Vito"
                assert (await said(by_password, "Stakeholder.Password", vito, {"new": GOOD}))[0] is Code.NOT_ALLOWED
                code, text = await said(olga, "Stakeholder.Password", OLGA, {"old": "not it", "new": GOOD})
                assert (code, text) == (Code.NOT_ALLOWED, "the old password is wrong, or locked")
                assert await said(by_password, "Stakeholder.Password", OLGA, own) == (Code.OK, "")
            async with unit.by_password("Olga", "a sunny day in June"):
                pass
            with pytest.raises(LinkError, match="wrong"):
                async with unit.by_password("Olga", GOOD):
                    pass
            audited = [str(each.value) for each in await aude_sees(unit)]
            assert not any(GOOD in line or "sunny" in line for line in audited)
            assert any("sets the password of Olga" in line for line in audited)

    played(tmp_path, scene)


async def aude_sees(unit: Office) -> list[Instance]:
    await unit.unit.security.audit.flush()
    async with unit.client(Role.SECAUD) as aude:
        return await aude.query("Audit", "OBR")


def test_a_lock_is_told_and_opened(tmp_path: Path) -> None:
    async def scene(unit: Office) -> None:
        async with unit.client(Role.SECADM) as sara:
            await said(sara, "Stakeholder.Password", OLGA, {"new": GOOD})
            for _ in range(5):
                with pytest.raises(LinkError, match="wrong"):
                    async with unit.by_password("Olga", "not the right one"):
                        pass
            with pytest.raises(LinkError, match="wrong"):
                async with unit.by_password("Olga", GOOD):
                    pass
            assert any("the password of Olga is locked after wrong ones" in text for text in unit.texts())
            (instance,) = await sara.query("Stakeholders", OLGA)
            until_ns = value_of(instance)["locked_until_ns"]
            assert isinstance(until_ns, int)
            assert until_ns > time.time_ns()
            assert await said(sara, "Stakeholder.Unlock", OLGA, None) == (Code.OK, "")
            async with unit.by_password("Olga", GOOD):
                pass

    played(tmp_path, scene)


def test_sessions_are_seen_and_ended(tmp_path: Path) -> None:
    async def scene(unit: Office) -> None:
        async with unit.client(Role.SECADM) as sara, unit.client(Role.VIEWER) as vito:
            with pytest.raises(RequestError, match="no right to security"):
                await vito.query("Sessions", "OBR/sessions/*")
            sessions = [value_of(each) for each in await sara.query("Sessions", "OBR/sessions/*")]
            assert [(each["name"], each["proof"], each["service"]) for each in sessions] == [
                ("Sara", "key", "test"),
                ("Vito", "key", "test"),
            ]
            number = sessions[1]["number"]
            watching = await sara.event("Sessions", "OBR/sessions/*", initial=False)
            began_s = time.monotonic()
            assert await said(sara, "Session.End", f"OBR/sessions/{number}", "cleaning") == (Code.OK, "")
            async with asyncio.timeout(20):
                told = await anext(aiter(watching))
            assert time.monotonic() - began_s < 1.5
            assert (told.instances[0].location, told.instances[0].value) == (f"OBR/sessions/{number}", None)
            code, text = await said(sara, "Session.End", f"OBR/sessions/{number}", None)
            assert (code, text) == (Code.UNKNOWN_VARIABLE, f"there is no session {number}")
            audited = [value_of(each) for each in await aude_sees(unit)]
            ended = next(each for each in audited if each["what"] == f"session {number} ended")
            assert ended["why"] == "ended by Sara: cleaning"

    played(tmp_path, scene)


def test_the_audit_log_at_the_unit(tmp_path: Path) -> None:
    async def scene(unit: Office) -> None:
        began_ns = time.time_ns()
        async with unit.client(Role.SECAUD) as aude, unit.client(Role.OPERATOR) as olga:
            watching = await aude.event(
                "Audit", "OBR", 'value.kind == "access" and value.who == "Olga (OPERATOR)"', initial=False
            )
            await olga.query("Events", "OBR")
            async with asyncio.timeout(20):
                told = await anext(aiter(watching))
            record = value_of(told.instances[0])
            assert (record["what"], record["code"], record["service"]) == ("query OBR/Events", "ok", "test")
            assert isinstance(record["hash"], bytes)
            past = await aude.query("Audit", "OBR", f"time >= {began_ns}")
            assert {value_of(each)["n"] for each in past} >= {record["n"]}
            code, text = await said(aude, "Audit", "OBR", "nothing happened")
            assert (code, text) == (Code.NOT_ALLOWED, "Audit cannot be written")

    played(tmp_path, scene)


def test_changes_at_the_console_are_audited_while_the_unit_runs(tmp_path: Path) -> None:
    async def scene(unit: Office) -> None:
        with closing(StakeholderRegister(tmp_path / "data")) as elsewhere:
            elsewhere.change_role("Vito", Role.ENGINEER, False, ("*",), time.time_ns(), "root at the console")
        async with unit.client(Role.SECADM) as sara:  # the next look is soon; a change of our own makes it now
            await said(sara, "Stakeholder.Unlock", OLGA, None)
        async with asyncio.timeout(20):
            while not any(
                "root at the console changes Vito (VIEWER) to Vito (ENGINEER)" in text for text in unit.texts()
            ):
                await asyncio.sleep(0.01)
        assert any("changes Vito (VIEWER)" in str(each.value) for each in await aude_sees(unit))

    played(tmp_path, scene)
