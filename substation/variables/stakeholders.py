"""Who is enrolled at a unit, and the writes that change it, at UNIT/stakeholders/NAME.

The request processor has checked the right of the route; what depends on who asks about whom is checked here: nobody
changes the own role, or withdraws themselves, and everybody may change the own password by telling the old one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from models.driver import Clock
from models.wire.cbor import WireValue
from models.wire.glob import matches
from models.wire.instance import Instance
from models.wire.keys import KeyId, KeyTextError, VerifyKey
from models.wire.messages import Code
from substation.exchange.access import EVERYWHERE, Identity, Right, Role
from substation.exchange.variables import Cancel, RefusedError, Route, Selection, Subscriber, WriteResult
from substation.stakeholders.gatekeeper import RegisterGatekeeper
from substation.stakeholders.passwords import PasswordError
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.schema import RegisterError
from substation.stakeholders.stakeholder import Kind, Stakeholder
from substation.variables.fields import Fields
from substation.variables.write_only import OK

VARIABLE = "Stakeholders"
WRITES = {
    "Stakeholder.Enrol": Right.SECURITY,
    "Stakeholder.Role": Right.ROLES,
    "Stakeholder.Password": Right.READ,
    "Stakeholder.Unlock": Right.SECURITY,
    "Stakeholder.Withdraw": Right.SECURITY,
    "Stakeholder.Key": Right.SECURITY,
}
"""Variables that change the register, and the right that each takes."""


class StakeholderVariables:
    """changed: told after every change, so that it is known, audited and told to subscribers at once."""

    def __init__(
        self,
        unit: str,
        register: StakeholderRegister,
        gatekeeper: RegisterGatekeeper,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._prefix = f"{unit}/stakeholders/"
        self._register, self._gatekeeper, self._clock, self._changed = register, gatekeeper, clock, changed
        self._subscriptions: list[tuple[Selection, Subscriber]] = []
        self._told = self._present()
        self._verbs = {
            "Stakeholder.Enrol": self._enrol,
            "Stakeholder.Role": self._role,
            "Stakeholder.Password": self._password,
            "Stakeholder.Unlock": self._unlock,
            "Stakeholder.Withdraw": self._withdraw,
            "Stakeholder.Key": self._key,
        }

    def routes(self) -> tuple[Route, ...]:
        where = f"{self._prefix}*"
        writes = (Route(variable, where, self, write=right) for variable, right in WRITES.items())
        return (*writes, Route(VARIABLE, where, self, read=Right.STAKEHOLDERS))

    # -- who is enrolled

    async def read(self, selection: Selection) -> list[Instance]:
        if selection.variable != VARIABLE:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} can only be written")
        return [each for each in map(self._instance, self._register.stakeholders()) if _fits(selection, each)]

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        if selection.variable != VARIABLE:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} can only be written")
        entry = (selection, subscriber)
        self._subscriptions.append(entry)
        if initial:
            subscriber.events([each for each in self._told.values() if _fits(selection, each)])
        return lambda: self._subscriptions.remove(entry)

    def tell_changes(self) -> None:
        """To subscribers; who has been withdrawn has no value any more."""
        before, self._told = self._told, self._present()
        values = {location: each.value for location, each in before.items()}
        new = [each for location, each in self._told.items() if values.get(location) != each.value]
        new += [Instance(VARIABLE, location, None, self._clock()) for location in before.keys() - self._told]
        for selection, subscriber in tuple(self._subscriptions):
            if fitting := [each for each in new if _fits(selection, each)]:
                subscriber.events(fitting)

    def _present(self) -> dict[str, Instance]:
        instances = map(self._instance, self._register.stakeholders())
        return {each.location: each for each in instances}

    def _instance(self, each: Stakeholder) -> Instance:
        value: dict[str, WireValue] = {
            "name": each.name,
            "role": each.role.value,
            "kind": each.kind.value,
            "approves": each.approves,
            "areas": list(each.areas),
            "valid_until_ns": each.valid_until_ns,
            "subject": each.subject,
            "password": bool(each.password),
            "failed": each.failed,
            "locked_until_ns": each.locked_until_ns,
            "keys": [bytes(key.key_id) for key in each.keys],
        }
        return Instance(VARIABLE, self._prefix + each.name, value, self._clock())

    # -- what changes it

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        verb = self._verbs.get(variable)
        if verb is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable}; one of {', '.join(self._verbs)}")
        try:
            await verb(location.removeprefix(self._prefix), value, requester)
        except (RegisterError, PasswordError) as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error
        self._changed()
        return OK

    async def _enrol(self, name: str, value: WireValue, requester: Identity) -> None:
        fields = Fields(value, "Stakeholder.Enrol")
        role, approves, areas = _office(fields)
        kind, key = fields.one_of("kind", Kind, Kind.PERSON), fields.octets("key")
        valid_until_ns, subject = fields.whole("valid_until_ns"), fields.text("subject")
        password = fields.text("password")
        fields.done()
        if not requester.may(Right.ROLES):
            raise RefusedError(Code.NOT_ALLOWED, "to enrol somebody takes the right to give a role, too")
        own_key = key is not None and _public(key).key_id == requester.key_id
        if requester.name in (name, subject) or own_key:
            raise RefusedError(
                Code.NOT_ALLOWED, "nobody changes the own role, nor by a second enrolment of the own key"
            )
        if self._register.named(name) is not None:
            raise RefusedError(Code.NOT_ALLOWED, f"{name} is enrolled already; Stakeholder.Role changes the role")
        if key is None and not password and not subject:
            raise RefusedError(Code.BAD_REQUEST, "a key, a password or the subject of a certificate is expected")
        if key is not None and self._register.find(_public(key).key_id) is not None:
            raise RefusedError(Code.NOT_ALLOWED, "this key is admitted for somebody else")
        hashed = await self._hashed(password, name, requester) if password else ""
        now_ns, by = self._clock(), str(requester)
        enrol = partial(
            self._register.enrol, None if key is None else _public(key), name, role, now_ns, approves=approves,
            areas=areas, kind=kind, valid_until_ns=valid_until_ns, subject=subject, by=by,
        )  # fmt: skip
        await asyncio.to_thread(enrol)
        if hashed:
            await asyncio.to_thread(self._register.set_password, name, hashed, now_ns, by)

    async def _role(self, name: str, value: WireValue, requester: Identity) -> None:
        fields = Fields(value, "Stakeholder.Role")
        role, approves, areas = _office(fields)
        fields.done()
        if name == requester.name:
            raise RefusedError(Code.NOT_ALLOWED, "nobody changes the own role")
        change = self._register.change_role
        await asyncio.to_thread(change, name, role, approves, areas, self._clock(), str(requester))

    async def _password(self, name: str, value: WireValue, requester: Identity) -> None:
        fields = Fields(value, "Stakeholder.Password")
        old, new = fields.text("old"), fields.text("new")
        fields.done()
        holder = self._register.named(name)
        if name == requester.name:
            await self._confirm(name, old, requester)
        elif not requester.may(Right.SECURITY):
            raise RefusedError(Code.NOT_ALLOWED, "this is the password of somebody else")
        if holder is None:
            raise RefusedError(Code.BAD_REQUEST, f"nobody is enrolled as {name!r}")
        hashed = await self._hashed(new, name, requester) if new else ""
        what = "sets the password of" if new else "takes away the password of"
        await asyncio.to_thread(self._register.set_password, name, hashed, self._clock(), str(requester), what)

    async def _confirm(self, name: str, old: str, requester: Identity) -> None:
        """The old password, where there is one: a terminal left open must not give its user's password away."""
        holder = self._register.named(name)
        if holder is None or not holder.password:
            return
        self._require_protected(requester)
        if not await self._gatekeeper.confirms(name, old):
            raise RefusedError(Code.NOT_ALLOWED, "the old password is wrong, or locked")

    async def _hashed(self, password: str, name: str, requester: Identity) -> str:
        self._require_protected(requester)
        return await self._gatekeeper.passwords.hash(password, name)

    def _require_protected(self, requester: Identity) -> None:
        """Every session of this key, since a request does not say which one it came by; forwarded ones have none."""
        peers = [each.opening.peer for each in self._gatekeeper.sessions.of(requester)]
        if not peers or any(peer.forwarded or not (peer.encrypted or peer.local) for peer in peers):
            text = "a password is taken over TLS or from the same machine only, and at the unit itself"
            raise RefusedError(Code.NOT_ALLOWED, text)

    async def _unlock(self, name: str, value: WireValue, requester: Identity) -> None:
        _nothing(value, "Stakeholder.Unlock")
        await asyncio.to_thread(self._register.unlock, name, self._clock(), str(requester))

    async def _withdraw(self, name: str, value: WireValue, requester: Identity) -> None:
        _nothing(value, "Stakeholder.Withdraw")
        if name == requester.name:
            raise RefusedError(Code.NOT_ALLOWED, "nobody withdraws the own enrolment")
        await asyncio.to_thread(self._register.withdraw, name, self._clock(), str(requester))

    async def _key(self, name: str, value: WireValue, requester: Identity) -> None:
        fields = Fields(value, "Stakeholder.Key")
        added, removed = fields.octets("add"), fields.octets("remove")
        fields.done()
        holder = self._register.named(name)
        if (added is None) == (removed is None):
            raise RefusedError(Code.BAD_REQUEST, "either 'add' (public key) or 'remove' (key id) is expected")
        now_ns, by = self._clock(), str(requester)
        if added is not None:
            await asyncio.to_thread(self._register.add_key, name, _public(added), now_ns, by)
            return
        gone = KeyId(removed or b"")
        if holder is None or not holder.holds(gone):
            raise RefusedError(Code.BAD_REQUEST, f"{name} does not hold the key {gone.hex()[:16]}")
        await asyncio.to_thread(self._register.remove_key, gone, now_ns, by)


def _fits(selection: Selection, instance: Instance) -> bool:
    return matches(selection.variable, instance.variable) and matches(selection.location, instance.location)


def _office(fields: Fields) -> tuple[Role, bool, tuple[str, ...]]:
    areas = fields.texts("areas")
    return fields.one_of("role", Role), fields.truth("approves"), EVERYWHERE if areas is None else areas


def _public(raw: bytes) -> VerifyKey:
    try:
        return VerifyKey(raw)
    except KeyTextError as error:
        raise RefusedError(Code.BAD_REQUEST, str(error)) from error


def _nothing(value: WireValue, variable: str) -> None:
    if value is not None:
        raise RefusedError(Code.BAD_REQUEST, f"{variable} takes no value")
