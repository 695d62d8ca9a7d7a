-- Move records on, each only if it is still at the attempt that did the work. What Brex announced
-- again in the meantime, before anything was written, begins again.
UPDATE record r
SET status = CASE WHEN r.announced_again AND v.status IN ('fetched', 'mapped')
                  THEN 'received' ELSE v.status END,
    announced_again = r.announced_again AND v.status IN ('posted'),
    mapped_at = CASE WHEN v.status = 'mapped' THEN now() ELSE r.mapped_at END,
    due_at = CASE WHEN v.at_rest THEN NULL ELSE now() END,
    lease_until = NULL, claims = 0, failures = 0, note = '', reason = NULL, detail = NULL,
    payload = coalesce(v.payload, r.payload),
    version = coalesce(v.version, r.version),
    document = coalesce(v.document, r.document),
    document_number = coalesce(v.document_number, r.document_number),
    fingerprint = coalesce(v.fingerprint, r.fingerprint),
    erp_company = coalesce(v.erp_company, r.erp_company),
    voucher = coalesce(v.voucher, r.voucher),
    exported_at = CASE WHEN v.status = 'exported' THEN now() ELSE r.exported_at END
FROM (VALUES %s) AS v (id, attempt, status, at_rest, payload, version, document,
                       document_number, fingerprint, erp_company, voucher)
WHERE r.id = v.id AND r.attempt = v.attempt
RETURNING r.id
