-- The supplier that a draft was written for: a record whose supplier was changed since has its spare
-- drafts under the old one. Null for drafts from before this step, which have the record's.

ALTER TABLE erp_draft ADD COLUMN erp_supplier text;
GRANT INSERT (erp_supplier) ON erp_draft TO ml_connector_worker;
