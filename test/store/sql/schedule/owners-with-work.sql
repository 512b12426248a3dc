-- query, both databases (SQLite writes ? for each parameter)
SELECT DISTINCT tenant_id, account_id
FROM messages
WHERE next_sweep_at >= 0
AND next_sweep_at < $1::bigint
AND messages.status IN ('pending', 'deferred')
AND due_at <= $2::bigint
AND NOT EXISTS (SELECT 1 FROM instance i WHERE i.active = false)
AND NOT EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = messages.tenant_id
  AND t.active = false
)
AND NOT EXISTS (
  SELECT 1
  FROM suspensions s
  WHERE s.tenant_id = messages.tenant_id
  AND (s.batch_code = $3 OR s.batch_code = messages.batch_code)
)
AND NOT EXISTS (
  SELECT 1
  FROM accounts sa
  WHERE sa.tenant_id = messages.tenant_id
  AND sa.id = messages.account_id
  AND sa.suspended_at IS NOT NULL
);
-- $1: 9007199254740988
-- $2: 1000
-- $3: '*'
