"""docs/decisions/0003: reading while reports arrive, with the bindings of libiec61850 and with open61850."""

from __future__ import annotations

import queue
import subprocess
import sys
from pathlib import Path

from open61850.mms import MmsClient, ObjectName, rcb

from .peer import peer

READS = 5_000


def pyiec61850(port: int, reports: str) -> subprocess.CompletedProcess[str]:
    client = Path(__file__).parent / "pyiec61850_client.py"
    command = [sys.executable, str(client), str(port), str(READS), reports]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


def test_the_bindings_hang_as_soon_as_reports_arrive() -> None:
    with peer("libiec61850_server.py") as (port, _):
        result = pyiec61850(port, "yes")
    assert result.returncode == 1
    assert "IedConnection_readBooleanValue" in result.stdout  # where it stood when time was up
    assert "all read" not in result.stdout


def test_without_reports_the_same_reads_are_done() -> None:
    with peer("libiec61850_server.py") as (port, _):
        result = pyiec61850(port, "no")
    assert (result.returncode, result.stdout) == (0, "all read\n")


def test_open61850_reads_while_reports_arrive() -> None:
    reports: queue.Queue[object] = queue.Queue()
    with (
        peer("libiec61850_server.py") as (port, _),
        MmsClient.connect("127.0.0.1", port, on_information_report=reports.put) as client,
    ):
        block = ObjectName("LLN0$RP$reports", "IED1LD0")
        rcb.enable(client, block)
        first = reports.get(timeout=5)
        for _ in range(READS):
            client.read("IED1LD0/GGIO1.Ind1.stVal[ST]")
        rcb.disable(client, block)
    assert first is not None
    assert reports.qsize() > 0
