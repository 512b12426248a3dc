-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT pg_advisory_xact_lock_shared($1::bigint);
-- $1: 7881692268099465072

-- parkedRows, SQLite
UPDATE messages
SET next_sweep_at = (? + messages.priority)
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "rev"
  FROM json_each(?)
) AS j
WHERE messages.pk = j.k
AND messages.revision = j.rev
AND messages.status IN ('pending', 'deferred')
AND NOT (
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
    AND (s.batch_code = ? OR s.batch_code = messages.batch_code)
  )
  AND NOT EXISTS (
    SELECT 1
    FROM accounts sa
    WHERE sa.tenant_id = messages.tenant_id
    AND sa.id = messages.account_id
    AND sa.suspended_at IS NOT NULL
  )
)
RETURNING pk;

-- parkedRows, PostgreSQL
UPDATE messages
SET next_sweep_at = ($1::bigint + messages.priority)
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev"
  FROM jsonb_array_elements($2::jsonb)
) AS j
WHERE messages.pk = j.k
AND messages.revision = j.rev
AND messages.status IN ('pending', 'deferred')
AND NOT (
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
    AND (s.batch_code = $3 OR s.batch_code = messages.batch_code)
  )
  AND NOT EXISTS (
    SELECT 1
    FROM accounts sa
    WHERE sa.tenant_id = messages.tenant_id
    AND sa.id = messages.account_id
    AND sa.suspended_at IS NOT NULL
  )
)
RETURNING pk;
-- $1: 9007199254740988
-- $2: '[["pk-1","rev-1"]]'
-- $3: '*'
