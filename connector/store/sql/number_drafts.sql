-- Note the ERP's numbers of heads that landed, write-once.
UPDATE erp_draft d SET erp_reference = v.reference
FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, draft int, reference text)
JOIN record r ON r.id = v.id AND r.attempt = v.attempt
WHERE d.record = v.id AND d.draft = v.draft AND d.erp_reference IS NULL
