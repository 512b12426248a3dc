-- taken, both databases (SQLite writes ? for each parameter)
UPDATE messages
SET next_sweep_at = $1::bigint
WHERE pk IN (
  SELECT messages.pk
  FROM messages
  WHERE messages.next_sweep_at >= $2::bigint
  AND (messages.next_sweep_at, messages.pk) > ($3::bigint, $4)
  AND messages.tenant_id || '' = $5
  AND messages.batch_code = $6
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
    AND (s.batch_code = $7 OR s.batch_code = messages.batch_code)
  )
  AND NOT EXISTS (
    SELECT 1
    FROM accounts sa
    WHERE sa.tenant_id = messages.tenant_id
    AND sa.id = messages.account_id
    AND sa.suspended_at IS NOT NULL
  )
  ORDER BY messages.next_sweep_at, messages.pk
  LIMIT $8::bigint
)
AND next_sweep_at >= $9::bigint
RETURNING pk, revision, tenant_id, account_id, priority, attempts, due_at, next_sweep_at;
-- $1: 1767225605000
-- $2: 9007199254740988
-- $3: 9007199254740988
-- $4: ''
-- $5: 'shop'
-- $6: 'batch-1'
-- $7: '*'
-- $8: 500
-- $9: 9007199254740988
