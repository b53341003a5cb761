"""libiec61850's server as shipped in pyiec61850-ng: PORT. One indication that changes 500 times a second, reported."""

from __future__ import annotations

import sys
import threading

import pyiec61850.pyiec61850 as iec

CHANGE_PERIOD_S = 0.002
ON_DATA_CHANGE = 1
ALL_OPTIONAL_FIELDS_OFF = 0

model = iec.IedModel_create("IED1")
device = iec.LogicalDevice_create("LD0", model)
node_zero = iec.LogicalNode_create("LLN0", device)
generic = iec.LogicalNode_create("GGIO1", device)
indication = iec.CDC_SPS_create("Ind1", iec.toModelNode(generic), 0)
data_set = iec.DataSet_create("indications", node_zero)
iec.DataSetEntry_create(data_set, "GGIO1$ST$Ind1$stVal", -1, None)
iec.ReportControlBlock_create(
    "reports", node_zero, "reports", False, "indications", 1, ON_DATA_CHANGE, ALL_OPTIONAL_FIELDS_OFF, 0, 0
)
state = iec.toDataAttribute(iec.ModelNode_getChild(iec.toModelNode(indication), "stVal"))
server = iec.IedServer_create(model)
iec.IedServer_start(server, int(sys.argv[1]))

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
print("ready" if iec.IedServer_isRunning(server) else "cannot listen", flush=True)
value = False
while not ended.wait(CHANGE_PERIOD_S):
    value = not value
    iec.IedServer_updateBooleanAttributeValue(server, state, value)
