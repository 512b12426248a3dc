-- query, both databases (SQLite writes ? for each parameter)
SELECT COUNT(*) AS ahead
FROM (
  SELECT 1
  FROM messages
  WHERE next_sweep_at IS NOT NULL
  AND tenant_id = $1
  AND account_id = $2
  AND messages.status IN ('pending', 'deferred')
  AND due_at <= $3::bigint
  AND (
    priority < $4::bigint
    OR (priority = $5::bigint AND pk < $6)
  )
  LIMIT $7::bigint
) AS a;
-- $1: 'shop'
-- $2: 'main'
-- $3: 1767225600000
-- $4: 2
-- $5: 2
-- $6: 'pk-1'
-- $7: 100000
