-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT pg_advisory_xact_lock_shared($1::bigint);
-- $1: 7881692268099465072

-- due, both databases (SQLite writes ? for each parameter)
UPDATE messages
SET next_sweep_at = CASE
WHEN NOT (
  NOT EXISTS (SELECT 1 FROM instance i WHERE i.active = false)
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
    AND (s.batch_code = $1 OR s.batch_code = messages.batch_code)
  )
  AND NOT EXISTS (
    SELECT 1
    FROM accounts sa
    WHERE sa.tenant_id = messages.tenant_id
    AND sa.id = messages.account_id
    AND sa.suspended_at IS NOT NULL
  )
) THEN ($2::bigint + messages.priority)
ELSE CASE
WHEN due_at > $3::bigint THEN due_at
ELSE $4::bigint
END + $5::bigint
END
WHERE pk IN (
  SELECT pk
  FROM messages
  WHERE next_sweep_at <= $6::bigint
  AND messages.status IN ('pending', 'deferred')
  ORDER BY next_sweep_at, pk
  LIMIT $7::bigint
)
AND messages.status IN ('pending', 'deferred')
RETURNING pk, revision, tenant_id, account_id, priority, attempts, due_at, next_sweep_at;
-- $1: '*'
-- $2: 9007199254740988
-- $3: 1767225600000
-- $4: 1767225600000
-- $5: 5000
-- $6: 1767225600000
-- $7: 500
