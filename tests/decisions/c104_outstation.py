"""c104's server as shipped: PORT MEASURANDS. Its only command callback fails.

c104 compares the text of a callback's annotations, so they must not be postponed here.
"""

import sys

import c104


def fail(point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage) -> c104.ResponseState:
    raise RuntimeError("the command could not be carried out")


server = c104.Server(ip="127.0.0.1", port=int(sys.argv[1]), tick_rate_ms=50)
station = server.add_station(common_address=1)
for address in range(1000, 1000 + int(sys.argv[2])):
    station.add_point(address, c104.Type.M_ME_NC_1)
station.add_point(1, c104.Type.C_SC_NA_1).on_receive(callable=fail)
server.start()
print("ready", flush=True)
sys.stdin.read()
