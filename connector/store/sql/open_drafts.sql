-- Note drafts that are about to be written, for the documents as they are now.
INSERT INTO erp_draft (record, document, draft, marker, fingerprint, erp_company)
SELECT d.record, d.document, v.draft, v.marker, d.fingerprint, d.erp_company
FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, document smallint, draft int, marker text)
JOIN record r ON r.id = v.id AND r.attempt = v.attempt
JOIN erp_document d ON d.record = r.id AND d.document = v.document
ON CONFLICT (record, draft) DO NOTHING
