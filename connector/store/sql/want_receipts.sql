-- Note the files of receipts that are to be here. What is known stays as it is.
INSERT INTO receipt (connection_id, record, receipt_id, file)
VALUES %s
ON CONFLICT (record, receipt_id, file) DO NOTHING
