"""Role by right: the table of docs/security.md, the code, and what a running unit does, compared over a real socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

from models.wire.keys import KeyId, SigningKey
from models.wire.messages import Code
from protocols.exchange.client import Client, RequestError, connect
from substation.exchange.access import PERMISSIONS, Identity, Right, Role
from tests.substation.unit_bench import Running, running

DOCUMENT = Path(__file__).parents[3] / "docs" / "security.md"
KEYS = {role: SigningKey.from_seed(bytes([40 + index]) * 32) for index, role in enumerate(Role)}
APPROVING = {role: SigningKey.from_seed(bytes([60 + index]) * 32) for index, role in enumerate(Role)}


def documented() -> dict[tuple[str, str], str]:
    """(right, role): yes, no or given."""
    lines = [line.strip("|").split("|") for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if "|" in line]
    cells = [[cell.strip() for cell in line] for line in lines]
    start = next(index for index, line in enumerate(cells) if line[0] == "right" and "VIEWER" in line)
    roles = cells[start][1:]
    rows = cells[start + 2 : start + 2 + len(Right)]
    return {(row[0], role): cell for row in rows for role, cell in zip(roles, row[1:], strict=True)}


def test_the_table_of_the_document_is_that_of_the_code() -> None:
    table = documented()
    assert set(table) == {(right.value, role.value) for right in Right for role in Role}
    for (right, role), cell in table.items():
        plain = Identity(KeyId(b""), "x", Role(role))
        approver = Identity(KeyId(b""), "x", Role(role), approves=True)
        assert plain.may(Right(right)) == (cell == "yes"), (right, role)
        assert approver.may(Right(right)) == (cell in ("yes", "given")), (right, role)


def test_permissions_of_the_standard_are_in_the_document() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    for right, permissions in PERMISSIONS.items():
        said = [line for line in lines if line.startswith(f"| {right.value} |")]
        assert said[-1].endswith(f"| {', '.join(permissions)} |"), said
    assert set(PERMISSIONS) == set(Right)


def test_duties_are_separate() -> None:
    acting, guarding = (
        {Right.OPERATE, Right.COMMAND, Right.APPROVE, Right.CONFIGURE},
        {Right.SECURITY, Right.ROLES, Right.AUDIT},
    )
    for role in Role:
        rights = Identity(KeyId(b""), "x", role, approves=True).rights
        assert not (rights & acting and rights & guarding), role
        assert not {Right.AUDIT, Right.SECURITY} <= rights, role


async def _answer(query: Awaitable[object]) -> Code:
    try:
        await query
    except RequestError as error:
        return error.code
    return Code.OK


async def _read(client: Client) -> Code:
    return await _answer(client.query("Model", "OBR"))


async def _operate(client: Client) -> Code:
    return (await client.write("FDIR.Mode", "OBR", "manual")).code


async def _command(client: Client) -> Code:
    return (await client.write("CSWI1.Pos.Oper", "NOWHERE/Q0", 1)).code


async def _approve(client: Client) -> Code:
    return (await client.write("Order.Approve", "OBR/orders/none", 1)).code


async def _configure(client: Client) -> Code:
    return (await client.write("Maintenance.Parameter", "OBR", {"none": 1})).code


async def _security(client: Client) -> Code:
    return (await client.write("Stakeholder.Unlock", "OBR/stakeholders/VIEWER", None)).code


async def _roles(client: Client) -> Code:
    return (await client.write("Stakeholder.Role", "OBR/stakeholders/nobody", {"role": "VIEWER"})).code


async def _audit(client: Client) -> Code:
    return await _answer(client.query("Audit", "OBR"))


async def _stakeholders(client: Client) -> Code:
    return await _answer(client.query("Stakeholders", "OBR/stakeholders/*"))


ASKED = {
    Right.READ: _read,
    Right.OPERATE: _operate,
    Right.COMMAND: _command,
    Right.APPROVE: _approve,
    Right.CONFIGURE: _configure,
    Right.SECURITY: _security,
    Right.ROLES: _roles,
    Right.AUDIT: _audit,
    Right.STAKEHOLDERS: _stakeholders,
}


async def allowed(client: Client, right: Right) -> bool:
    """Whether the unit lets this request pass; what comes of it is another matter."""
    return await ASKED[right](client) is not Code.NOT_ALLOWED


@asynccontextmanager
async def guarded(folder: Path) -> AsyncIterator[tuple[Running, str]]:
    """A unit at which each role is enrolled twice: as it is, and with approval where that may be given."""
    async with running(folder) as unit:
        register = unit.unit.security.gatekeeper.register
        for role in Role:
            register.enrol(KEYS[role].public, role.value, role, time.time_ns())
            if Identity(KeyId(b""), "x", role, approves=True).may(Right.APPROVE):
                name = f"{role.value} who approves"
                register.enrol(APPROVING[role].public, name, role, time.time_ns(), approves=True)
        host, port = await unit.unit.listener.bound()
        yield unit, f"ws://{host}:{port}"


def test_each_role_at_a_running_unit(tmp_path: Path) -> None:
    table = documented()

    async def main() -> None:
        async with guarded(tmp_path) as (unit, url):
            for role in Role:
                async with connect(url, KEYS[role]) as client:
                    for right in Right:
                        cell = table[right.value, role.value]
                        assert await allowed(client, right) == (cell == "yes"), (role, right)
            for role in (role for role in Role if table["approve", role.value] == "given"):
                async with connect(url, APPROVING[role]) as client:
                    assert await allowed(client, Right.APPROVE)
            await _everything_is_audited(unit, url, table)

    asyncio.run(main())


async def _everything_is_audited(unit: Running, url: str, table: dict[tuple[str, str], str]) -> None:
    """Each refusal of above is a record: as many as the table has of them."""
    await unit.unit.security.audit.flush()
    async with connect(url, KEYS[Role.SECAUD]) as client:
        found = await client.query("Audit", "OBR", 'value.code == "not allowed"')
    for role in Role:
        refused = [
            each
            for each in found
            if isinstance(each.value, dict) and each.value["who"] == f"{role.value} ({role.value})"
        ]
        assert len(refused) == sum(table[right.value, role.value] != "yes" for right in Right), role
