"""c104 as an independent IEC 104 station, for commands: `c104_commands.py centre|rtu PORT`, in a process of its own.

Prints `ready`, then answers each JSON line with one. Objects of station 103: see OBJECTS; n is commanded directly,
n + 100 by select and execute. A centre takes {"object", "value"} or {"object", "value", "cancel": true} and answers
whether the command was confirmed; an RTU takes {} and answers what it was commanded, or {"refuse": OBJECT}.
c104 compares the text of a callback's annotations, so they must not be postponed here.
"""

import json
import sys
import time

import c104

STATION, SELECTED = 103, 100
OBJECTS = {
    1: (c104.Type.C_SC_NA_1, bool),
    2: (c104.Type.C_DC_NA_1, lambda value: c104.Double.ON if value == 2 else c104.Double.OFF),
    3: (c104.Type.C_RC_NA_1, lambda value: c104.Step.HIGHER if value == 2 else c104.Step.LOWER),
    4: (c104.Type.C_SE_NA_1, c104.NormalizedFloat),
    5: (c104.Type.C_SE_NB_1, c104.Int16),
    6: (c104.Type.C_SE_NC_1, float),
    7: (c104.Type.C_BO_NA_1, lambda value: c104.Byte32(value.to_bytes(4, "little"))),
    8: (c104.Type.C_RC_TA_1, lambda value: c104.Step.HIGHER if value == 2 else c104.Step.LOWER),
}
PATIENCE_S = 20.0
refused: set[int] = set()
seen: list[list[object]] = []


def points(station: c104.Station) -> dict[int, c104.Point]:
    made = {}
    for number, (kind, _) in OBJECTS.items():
        made[number] = station.add_point(number, kind, command_mode=c104.CommandMode.DIRECT)
        if kind is not c104.Type.C_BO_NA_1:
            selected = number + SELECTED
            made[selected] = station.add_point(selected, kind, command_mode=c104.CommandMode.SELECT_AND_EXECUTE)
    return made


def take(point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage) -> c104.ResponseState:
    try:
        seen.append([point.io_address, str(message.cot), str(point.value), message.is_select_command])
        return c104.ResponseState.FAILURE if point.io_address in refused else c104.ResponseState.SUCCESS
    except Exception as error:  # c104 would confirm the command all the same
        seen.append([f"{type(error).__name__}: {error}"])
        return c104.ResponseState.FAILURE


def centre(port: int) -> None:
    client = c104.Client(tick_rate_ms=50, command_timeout_ms=800)
    connection = client.add_connection(ip="127.0.0.1", port=port, init=c104.Init.NONE)
    objects = points(connection.add_station(common_address=STATION))
    client.start()
    waited_until = time.monotonic() + PATIENCE_S
    while connection.state != c104.ConnectionState.OPEN and time.monotonic() < waited_until:
        time.sleep(0.1)
        if connection.is_muted:  # it forgets to start data transfer when it is connected too soon
            connection.unmute()
    print("ready", flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        point = objects[wanted["object"]]
        point.value = OBJECTS[wanted["object"] % SELECTED][1](wanted["value"])
        cause = c104.Cot.DEACTIVATION if wanted.get("cancel") else c104.Cot.ACTIVATION
        print(json.dumps(point.transmit(cause)), flush=True)


def rtu(port: int) -> None:
    server = c104.Server(ip="127.0.0.1", port=port, tick_rate_ms=50)
    for point in points(server.add_station(common_address=STATION)).values():
        point.on_receive(callable=take)
    server.start()
    print("ready", flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        if "refuse" in wanted:
            refused.add(wanted["refuse"])
        print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    {"centre": centre, "rtu": rtu}[sys.argv[1]](int(sys.argv[2]))
