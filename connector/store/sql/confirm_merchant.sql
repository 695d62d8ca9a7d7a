-- A person says which supplier a merchant is. The name is kept where none is given.
INSERT INTO merchant AS m (connection_id, merchant_id, name, supplier, found, score)
VALUES (%(connection_id)s, %(merchant_id)s, %(name)s, %(supplier)s, 'confirmed', 100)
ON CONFLICT (connection_id, merchant_id) DO UPDATE
SET name = coalesce(nullif(excluded.name, ''), m.name), supplier = excluded.supplier,
    found = 'confirmed', score = 100
