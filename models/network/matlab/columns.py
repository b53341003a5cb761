"""Names of the columns of MATPOWER's tables (CASEFORMAT, version 2), as its functions idx_* hand them out in order."""

from __future__ import annotations

PQ, PV, REFERENCE, ISOLATED = 1, 2, 3, 4
"""Types of buses."""

_BUS = "BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN LAM_P LAM_Q MU_VMAX MU_VMIN"
_BRANCH = (
    "F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS PF QF PT QT MU_SF MU_ST ANGMIN ANGMAX "
    "MU_ANGMIN MU_ANGMAX"
)
_GEN = (
    "GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN MU_PMAX MU_PMIN MU_QMAX MU_QMIN PC1 PC2 QC1MIN QC1MAX "
    "QC2MIN QC2MAX RAMP_AGC RAMP_10 RAMP_30 RAMP_Q APF"
)
_COST = "MODEL STARTUP SHUTDOWN NCOST COST"

_BRANCH_COLUMNS = (*range(1, 12), 14, 15, 16, 17, 18, 19, 12, 13, 20, 21)
_GEN_COLUMNS = (*range(1, 11), 22, 23, 24, 25, *range(11, 22))

FUNCTIONS: dict[str, tuple[tuple[str, int], ...]] = {
    "idx_bus": (
        ("PQ", PQ),
        ("PV", PV),
        ("REF", REFERENCE),
        ("NONE", ISOLATED),
        *((name, column) for column, name in enumerate(_BUS.split(), start=1)),
    ),
    "idx_brch": tuple(zip(_BRANCH.split(), _BRANCH_COLUMNS, strict=True)),
    "idx_gen": tuple(zip(_GEN.split(), _GEN_COLUMNS, strict=True)),
    "idx_cost": (("PW_LINEAR", 1), ("POLYNOMIAL", 2), *((name, at) for at, name in enumerate(_COST.split(), start=1))),
}
"""What `[...] = idx_bus` gives: the usual names and the numbers, in the order in which they are handed out."""

CONSTANTS = {name: value for handed in FUNCTIONS.values() for name, value in handed}
"""What `define_constants` defines."""
