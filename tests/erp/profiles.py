"""Every profile of every ERP, in the lists by which the conformance tests run."""

from tests.erp.erp_sandbox import (
    aps100,
    aps450,
    aps450_deleting,
    aps450_objects,
    gls840,
    gls840_with_codes,
)
from tests.erp.ifs import proposal, proposal_elsewhere, voucher, voucher_elsewhere

#: The profiles of M3, and those of its invoices.
M3 = [aps450, aps450_deleting, aps450_objects, aps100, gls840, gls840_with_codes]
M3_INVOICES = [aps450, aps450_objects, aps100]
#: Profiles whose documents are drafts until they are committed.
WITH_DRAFTS = [aps450, aps450_deleting, aps450_objects, gls840, gls840_with_codes]
#: Profiles whose writes post at once.
WITHOUT_DRAFTS = [aps100, proposal, proposal_elsewhere, voucher, voucher_elsewhere]
#: A later ERP joins the conformance tests in one of the two.
PROFILES = [*WITH_DRAFTS, *WITHOUT_DRAFTS]
#: Profiles whose lines are written after the head, by themselves.
LINE_BY_LINE = [*WITH_DRAFTS, aps100]
#: Profiles that can remove a draft.
REMOVING = [aps450, aps450_deleting, aps450_objects]
#: Profiles of documents that have a supplier.
OF_SUPPLIERS = [*M3_INVOICES, proposal, proposal_elsewhere]
