"""Every program of the sandbox by its MI name."""

from __future__ import annotations

from sandbox.infor.m3 import Act
from sandbox.infor.programs import (
    aps100,
    aps200,
    aps450,
    aps455,
    autchk,
    crs055,
    crs620,
    crs630,
    mns150,
    mrs001,
)

PROGRAMS: dict[str, dict[str, Act]] = {
    "APS100MI": aps100.TRANSACTIONS,
    "APS200MI": aps200.TRANSACTIONS,
    "APS450MI": aps450.TRANSACTIONS,
    "APS455MI": aps455.TRANSACTIONS,
    "AUTCHKMI": autchk.TRANSACTIONS,
    "CRS055MI": crs055.TRANSACTIONS,
    "CRS620MI": crs620.TRANSACTIONS,
    "CRS630MI": crs630.TRANSACTIONS,
    "MNS150MI": mns150.TRANSACTIONS,
    "MRS001MI": mrs001.TRANSACTIONS,
}
