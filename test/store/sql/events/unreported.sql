-- query, both databases (SQLite writes ? for each parameter)
SELECT id, message_pk, message_id, type, at, description, metadata
FROM events
WHERE tenant_id = $1
AND reported_at IS NULL
AND type <> 'queued'
ORDER BY id
LIMIT $2::bigint;
-- $1: 'shop'
-- $2: 100
