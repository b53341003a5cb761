"""Data sets of a simulated IED that clients define and delete (IEC 61850-7-2 data set services, IEC 61850-8-1).

Persistent ones bear the name of a logical node (`LLN0$ds1` in a domain); those of one association bear none but their
own (`@ds1`) and end with it. What the SCL defines stays; what a report control block uses stays until it lets go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from open61850 import ber
from open61850.data import VisibleStringData
from open61850.mms import pdu
from open61850.mms.errors import MmsProtocolError
from open61850.mms.pdu import ObjectName
from open61850.server import protocol

if TYPE_CHECKING:
    from sim_ied.mms.connection import Connection
    from sim_ied.mms.server import Server

MOST_DATA_SETS = 64
"""Per device, beside those of the SCL; and per association."""
MOST_MEMBERS = 1024

DEFINE, ATTRIBUTES, DELETE, READ, NAME_LIST = 11, 12, 13, 4, 1
_ASSOCIATION_NAME, _ASSOCIATION_SCOPE = 0x80 | 2, 0x82
_DEFINITION, _RESOURCE, _ACCESS = 2, 3, 7
_UNDEFINED, _EXISTS, _CAPABILITY_UNAVAILABLE, _NON_EXISTENT, _UNSUPPORTED = 1, 5, 4, 2, 1
_OBJECT_CLASS_LIST = 2


class DataSets:
    """The services around named variable lists of one server, where it registers them itself."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._model = server.model
        self._defined: set[ObjectName] = set()
        server.services.update(
            {
                DEFINE: self.define,
                DELETE: self.delete,
                ATTRIBUTES: self.attributes,
                READ: self.read,
                NAME_LIST: self.names,
            }
        )

    def find(self, connection: Connection, name: ObjectName) -> list[ObjectName] | None:
        """Members of a data set; None where there is none of that name."""
        if name.domain is None:
            return connection.data_sets.get(name.item)
        return self._model.data_sets.get(name)

    def forget(self) -> None:
        """Only what the SCL defines is left."""
        with self._model.lock:
            for name in self._defined:
                self._model.data_sets.pop(name, None)
            self._defined.clear()

    def define(self, connection: Connection, request: protocol.ConfirmedRequest) -> bytes:
        """DefineNamedVariableList."""
        name_tlv, members_tlv = list(ber.iter_tlvs(request.content))[:2]
        name, members = object_name(name_tlv), _members(members_tlv.value)
        error = (_ACCESS, _UNSUPPORTED) if members is None else self._obstacle(connection, name, members)
        if error is not None:
            return protocol.confirmed_error(request.invoke_id, *error)
        with self._model.lock:
            if name.domain is None:
                connection.data_sets[name.item] = members or []
            else:
                self._model.data_sets[name] = members or []
                self._defined.add(name)
        return protocol.confirmed_response(request.invoke_id, DEFINE, b"", constructed=False)

    def _obstacle(self, connection: Connection, name: ObjectName, members: list[ObjectName]) -> tuple[int, int] | None:
        """Error class and code of what speaks against a new data set."""
        if not self._is_place(name):
            return _ACCESS, _NON_EXISTENT
        if self.find(connection, name) is not None:
            return _DEFINITION, _EXISTS
        if not members or any("$" not in each.item or self._model.node(each) is None for each in members):
            return _DEFINITION, _UNDEFINED
        present = connection.data_sets if name.domain is None else self._defined
        if len(present) >= MOST_DATA_SETS or len(members) > MOST_MEMBERS:
            return _RESOURCE, _CAPABILITY_UNAVAILABLE
        return None

    def _is_place(self, name: ObjectName) -> bool:
        if name.domain is None:
            return len(name.item) > 1
        node, _, own = name.item.partition("$")
        return bool(own) and node in self._model.logical_devices.get(name.domain, {})

    def delete(self, connection: Connection, request: protocol.ConfirmedRequest) -> bytes:
        """DeleteNamedVariableList of named lists (scope 'specific', the one that IEC 61850 uses)."""
        fields = {tlv.tag: tlv.value for tlv in ber.iter_tlvs(request.content)}
        if ber.decode_integer(fields.get(0x80, b"\x00")) != 0:
            return protocol.confirmed_error(request.invoke_id, _ACCESS, _UNSUPPORTED)
        names = [object_name(tlv) for tlv in ber.iter_tlvs(fields.get(0xA1, b""))]
        with self._model.lock:
            matched = [name for name in names if self.find(connection, name) is not None]
            deleted = [name for name in matched if self._delete(connection, name)]
        counts = ber.encode_tlv(0x80, ber.encode_unsigned(len(matched)))
        counts += ber.encode_tlv(0x81, ber.encode_unsigned(len(deleted)))
        return protocol.confirmed_response(request.invoke_id, DELETE, counts)

    def _delete(self, connection: Connection, name: ObjectName) -> bool:
        if name.domain is None:
            return not self._used(name, connection) and connection.data_sets.pop(name.item, None) is not None
        if name not in self._defined or self._used(name, None):
            return False
        self._defined.discard(name)
        return self._model.data_sets.pop(name, None) is not None

    def _used(self, name: ObjectName, owner: Connection | None) -> bool:
        reference = VisibleStringData(str(name))
        blocks = self._server.reports.controls.values() if self._server.reports is not None else ()
        return any(block.attr("DatSet") == reference and (owner is None or block.owner is owner) for block in blocks)

    def attributes(self, connection: Connection, request: protocol.ConfirmedRequest) -> bytes:
        """GetNamedVariableListAttributes: deletable, members."""
        name = object_name(ber.decode_tlv(request.content))
        members = self.find(connection, name)
        if members is None:
            return protocol.confirmed_error(request.invoke_id, _DEFINITION, _UNDEFINED)
        listed = protocol.get_named_variable_list_attributes_response(members)
        fixed = ber.encode_tlv(0x80, ber.encode_boolean(False))
        deletable = ber.encode_tlv(0x80, ber.encode_boolean(name.domain is None or name in self._defined))
        return protocol.confirmed_response(request.invoke_id, ATTRIBUTES, deletable + listed[len(fixed) :])

    def read(self, connection: Connection, request: protocol.ConfirmedRequest) -> bytes | None:
        """Read of a data set of this association; any other read is the library's."""
        fields = {tlv.tag: tlv.value for tlv in ber.iter_tlvs(request.content)}
        spec = ber.decode_tlv(fields[0xA1])
        inner = ber.decode_tlv(spec.value) if spec.tag == 0xA1 else None
        if inner is None or inner.tag != _ASSOCIATION_NAME:
            return None
        members = connection.data_sets.get(object_name(inner).item)
        if members is None:
            return protocol.confirmed_error(request.invoke_id, _DEFINITION, _UNDEFINED)
        values = [self._model.read(member) for member in members]
        return protocol.confirmed_response(request.invoke_id, READ, protocol.read_response(values))

    def names(self, connection: Connection, request: protocol.ConfirmedRequest) -> bytes | None:
        """GetNameList of this association's data sets; of anything else it is the library's."""
        fields = {tlv.tag: tlv.value for tlv in ber.iter_tlvs(request.content)}
        if ber.decode_tlv(fields[0xA1]).tag != _ASSOCIATION_SCOPE:
            return None
        wanted = ber.decode_unsigned(ber.decode_tlv(fields[0xA0]).value) == _OBJECT_CLASS_LIST
        names = sorted(name.removeprefix("@") for name in connection.data_sets) if wanted else []
        return protocol.confirmed_response(
            request.invoke_id, NAME_LIST, protocol.get_name_list_response(names, more_follows=False)
        )


def object_name(tlv: ber.Tlv) -> ObjectName:
    """An ObjectName; one of the association is `@name` without domain. MmsProtocolError for anything else."""
    if tlv.tag == _ASSOCIATION_NAME:
        return ObjectName("@" + tlv.value.decode("ascii", errors="replace"))
    return pdu.decode_object_name(tlv)


def _members(content: bytes) -> list[ObjectName] | None:
    """Members of a list to define; None where one is part of a variable (alternate access), which we do not have."""
    members = []
    for entry in ber.iter_tlvs(content):
        parts = list(ber.iter_tlvs(entry.value))
        if not parts or parts[0].tag != 0xA0:
            raise MmsProtocolError("a member without a name")
        if len(parts) > 1:
            return None
        members.append(pdu.decode_object_name(ber.decode_tlv(parts[0].value)))
    return members
