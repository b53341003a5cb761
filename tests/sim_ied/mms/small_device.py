"""What the tests of the MMS server stand on: a server of device.icd in this process, and clients of it."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from open61850.data import BoolData, IECData, StructureData
from open61850.mms import InformationReport, MmsClient, ObjectName
from open61850.mms.association import AssociationParameters
from open61850.mms.control import LAST_APPL_ERROR, LastApplError, cancel_value, oper_value
from open61850.mms.errors import DataAccessError
from open61850.mms.report import Report, decode_report, is_report

from sim_ied.mms.model_file import ModelFile
from sim_ied.mms.server import MOST_ASSOCIATIONS, Server

ICD = Path(__file__).parent / "device.icd"
LD = "IED1LD0"
PATIENCE_S = 20.0


@contextmanager
def served(most_associations: int = MOST_ASSOCIATIONS) -> Iterator[Server]:
    built = ModelFile(ICD.read_bytes(), ICD.name).build("IED1")
    server = Server(built.model, "127.0.0.1", 0, policy=built.policy, most_associations=most_associations)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Client:
    """A client that remembers what it was sent."""

    def __init__(self, server: Server, pdu_size: int = 65000) -> None:
        self.received: queue.Queue[InformationReport] = queue.Queue()
        parameters = AssociationParameters(max_pdu_size=pdu_size)
        self.mms = MmsClient.connect(
            "127.0.0.1", server.port, on_information_report=self.received.put, association=parameters
        )

    def read(self, item: str) -> IECData:
        return self.mms.read(ObjectName(item, LD))

    def write(self, item: str, value: IECData) -> int | None:
        """None, or the DataAccessError's code."""
        try:
            self.mms.write(ObjectName(item, LD), value)
        except DataAccessError as error:
            return int(error.code)
        return None

    def report(self) -> Report:
        while not is_report(received := self.received.get(timeout=PATIENCE_S)):
            pass
        return decode_report(received)

    def cause(self) -> int:
        """AddCause of the next LastApplError."""
        while True:
            received = self.received.get(timeout=PATIENCE_S)
            for name, value in zip(received.variables, received.results, strict=True):
                if name == LAST_APPL_ERROR and not isinstance(value, DataAccessError):
                    return int(LastApplError.from_data(value).add_cause)

    def termination(self) -> int | None:
        """The AddCause of the next CommandTermination; None for a positive one."""
        cause = None
        while True:
            received = self.received.get(timeout=PATIENCE_S)
            for name, value in zip(received.variables, received.results, strict=True):
                if name == LAST_APPL_ERROR and not isinstance(value, DataAccessError):
                    cause = int(LastApplError.from_data(value).add_cause)
                elif name.item.endswith("$Oper"):
                    return cause

    def command(
        self,
        name: str,
        service: str,
        value: bool | int | IECData,
        number: int = 1,
        *,
        test: bool = False,
        oper_tm: datetime | None = None,
    ) -> int | None:
        """Write SBOw, Oper or Cancel of GGIO1."""
        given: StructureData
        if service == "Cancel":
            given = cancel_value(value, ctl_num=number, test=test, oper_tm=oper_tm)
        else:
            given = oper_value(value, ctl_num=number, test=test, oper_tm=oper_tm)
        return self.write(f"GGIO1$CO${name}${service}", given)

    def plain(self, item: str) -> object:
        return getattr(self.read(item), "value", None)


@contextmanager
def client(server: Server, pdu_size: int = 65000) -> Iterator[Client]:
    made = Client(server, pdu_size)
    try:
        yield made
    finally:
        made.mms.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


TRUE, FALSE = BoolData(True), BoolData(False)
