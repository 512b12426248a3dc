-- query, both databases (SQLite writes ? for each parameter)
SELECT COUNT(*) AS n
FROM messages
WHERE tenant_id = $1
AND status IN ($2, $3, $4)
AND batch_code = $5;
-- $1: 'shop'
-- $2: 'pending'
-- $3: 'deferred'
-- $4: 'sending'
-- $5: 'batch-1'
