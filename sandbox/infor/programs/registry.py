"""Every program of the sandbox by its MI name."""

from __future__ import annotations

from sandbox.infor.m3 import Act
from sandbox.infor.programs import (
    aps100,
    aps200,
    aps450,
    aps455,
    autchk,
    crs030,
    crs055,
    crs620,
    crs630,
    crs750,
    crs910,
    exportmi,
    gls200,
    gls840,
    mns100,
    mns150,
    mrs001,
)

PROGRAMS: dict[str, dict[str, Act]] = {
    "APS100MI": aps100.TRANSACTIONS,
    "APS200MI": aps200.TRANSACTIONS,
    "APS450MI": aps450.TRANSACTIONS,
    "APS455MI": aps455.TRANSACTIONS,
    "AUTCHKMI": autchk.TRANSACTIONS,
    "CRS030MI": crs030.TRANSACTIONS,
    "CRS055MI": crs055.TRANSACTIONS,
    "CRS620MI": crs620.TRANSACTIONS,
    "CRS630MI": crs630.TRANSACTIONS,
    "CRS750MI": crs750.TRANSACTIONS,
    "CRS910MI": crs910.TRANSACTIONS,
    "EXPORTMI": exportmi.TRANSACTIONS,
    "GLS200MI": gls200.TRANSACTIONS,
    "GLS840MI": gls840.TRANSACTIONS,
    "MNS100MI": mns100.TRANSACTIONS,
    "MNS150MI": mns150.TRANSACTIONS,
    "MRS001MI": mrs001.TRANSACTIONS,
}
