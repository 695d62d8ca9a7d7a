-- One page of the queue, behind the place of the last row before it. The order stands in the statement;
-- the record's number makes it whole.
SELECT h.record, c.name AS connection, h.record_id, h.reason, h.field, h.value, h.held_at, h.merchant,
       h.booked_on, h.amount, h.currency, h.asked_by, h.asked_at, r.attempt,
       coalesce(r.detail->>'message', '') AS message,
       coalesce(r.lease_until > clock_timestamp(), false) AS is_leased,
       EXISTS (SELECT FROM errand e WHERE e.record = h.record AND e.due_at IS NOT NULL) AS is_returning
FROM held_record h
JOIN connection c ON c.id = h.connection_id AND c.removed_at IS NULL
JOIN record r ON r.id = h.record
WHERE h.is_held AND {narrowed}
  AND (%(after)s::text IS NULL OR ({key}, h.record) {than} (%(after)s::{type}, %(after_record)s))
ORDER BY {key} {direction}, h.record {direction}
LIMIT %(limit)s
