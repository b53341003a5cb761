"""What the event list says of requests that a control centre should not have sent: type, cause, object, reason."""

from __future__ import annotations

import pytest

from protocols.iec104.application.asdu import InformationObject, Observation, Parameter, Service
from protocols.iec104.controlled_station.service_settings import ServiceSettings
from tests.protocols.iec104.pair import STATION, Centre, Device, Time

READ = Service(9999)
REQUESTS: list[tuple[int, InformationObject, int, int, str]] = [
    (102, READ, 5, STATION, "C_RD_NA_1, cause 5, object 103/9999 refused: unknown object address (cause 47)"),
    (102, READ, 5, 9, "C_RD_NA_1, cause 5, object 9/9999 refused: unknown common address (cause 46)"),
    (100, Service(0, 20), 3, STATION, "C_IC_NA_1, cause 3, common address 103 refused: unknown cause (cause 45)"),
    (1, Observation(1, True), 3, STATION, "M_SP_NA_1, cause 3, object 103/1 refused: unknown type (cause 44)"),
    (112, Parameter(11, 1.0, 7), 6, STATION, "P_ME_NC_1, cause 6, object 103/11 refused: KPA 7 is not offered"),
    (110, Parameter(11, 0.5, 1), 6, STATION, "P_ME_NA_1, cause 6, object 103/11 refused: the object is no measured"),
    (113, Parameter(11, 0, 1), 6, STATION, "P_AC_NA_1, cause 6, object 103/11 refused: QPA 1 is not offered"),
]


@pytest.mark.parametrize(("type_id", "item", "cause", "station", "told"), REQUESTS)
def test_a_refused_request_is_told_with_what_it_was(
    type_id: int, item: InformationObject, cause: int, station: int, told: str
) -> None:
    device = Device(Time(), services=ServiceSettings(parameters=True))
    centre = Centre(device)
    centre.ask(type_id, item, cause=cause, station=station)
    assert device.notices[-1].startswith(f"{centre.link.name}: {told}")
