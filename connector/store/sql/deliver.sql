-- Note a delivery, or that it came again; says how often it has come, and whether with one body.
INSERT INTO webhook_delivery (
    connection_id, webhook_id, event_type, body_sha256, record_ids, disposition, signed_at)
VALUES (%(connection_id)s, %(webhook_id)s, %(event_type)s, %(body_sha256)s, %(record_ids)s,
        %(disposition)s, %(signed_at)s)
ON CONFLICT (connection_id, webhook_id) DO UPDATE SET deliveries = webhook_delivery.deliveries + 1
RETURNING deliveries, body_sha256 = %(body_sha256)s
