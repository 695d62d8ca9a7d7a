-- What is known of each record's way into the ERP.
SELECT r.id, r.document, r.fingerprint, coalesce(r.erp_reference, ''), r.decided_at, r.voucher,
       clock_timestamp(), r.mapped_at
FROM record r
WHERE r.id = ANY(%(ids)s)
