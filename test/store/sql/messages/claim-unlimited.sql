-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT pg_advisory_xact_lock_shared($1::bigint);
-- $1: 7881692268099465072

-- claimed, SQLite
UPDATE messages
SET status = 'sending', claimed_by = ?, attempts = messages.attempts + 1, first_attempt_at = COALESCE(messages.first_attempt_at, ?),
  blocked_until = NULL, next_sweep_at = ?, updated_at = ?
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "tenant", value ->> 3 AS "account",
    value ->> 4 AS "is_first"
  FROM json_each(?)
) AS j
WHERE messages.pk = j.k
AND messages.revision = j.rev
AND messages.status IN ('pending', 'deferred')
AND messages.due_at <= ?
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
  AND (s.batch_code = ? OR s.batch_code = messages.batch_code)
)
AND NOT EXISTS (
  SELECT 1
  FROM accounts sa
  WHERE sa.tenant_id = messages.tenant_id
  AND sa.id = messages.account_id
  AND sa.suspended_at IS NOT NULL
)
AND NOT EXISTS (
  SELECT 1
  FROM breakers b
  WHERE b.tenant_id = messages.tenant_id
  AND b.account_id = COALESCE(messages.account_id, '')
  AND b.revision = COALESCE(
    (
      SELECT a.revision
      FROM accounts a
      WHERE a.tenant_id = messages.tenant_id
      AND a.id = messages.account_id
    ), ?
  )
  AND (
    b.open_until > ?
    OR (
      (b.failures > 0 AND b.open_until <= ?)
      AND (
        j.is_first = 0
        OR EXISTS (
          SELECT 1
          FROM messages o
          WHERE o.tenant_id = messages.tenant_id
          AND o.status = 'sending'
          AND COALESCE(o.account_id, '') = COALESCE(messages.account_id, '')
        )
      )
    )
  )
)
AND NOT EXISTS (
  SELECT 1
  FROM accounts l
  WHERE l.tenant_id = messages.tenant_id
  AND l.id = messages.account_id
  AND (
    l.limit_per_minute > 0
    OR l.limit_per_hour > 0
    OR l.limit_per_day > 0
  )
)
AND NOT EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = messages.tenant_id
  AND t.rate_limits IS NOT NULL
  AND (
    COALESCE(CAST(t.rate_limits ->> 'hourly' AS BIGINT), 0) > 0
    OR COALESCE(CAST(t.rate_limits ->> 'daily' AS BIGINT), 0) > 0
  )
)
RETURNING pk, id, tenant_id, revision, priority, attempts, retry_count, created_at, first_attempt_at,
  recipients, (
  SELECT c.payload
  FROM message_contents c
  WHERE c.message_pk = messages.pk
  AND octet_length(c.payload) <= ?
) AS payload, (
  SELECT octet_length(c.payload)
  FROM message_contents c
  WHERE c.message_pk = messages.pk
) AS content_bytes, (
  SELECT a.revision
  FROM accounts a
  WHERE a.tenant_id = messages.tenant_id
  AND a.id = messages.account_id
) AS account_revision, (
  SELECT b.failures
  FROM breakers b
  WHERE b.tenant_id = messages.tenant_id
  AND b.account_id = COALESCE(messages.account_id, '')
  AND b.revision = COALESCE(
    (
      SELECT a.revision
      FROM accounts a
      WHERE a.tenant_id = messages.tenant_id
      AND a.id = messages.account_id
    ), ?
  )
) AS failures, (SELECT i.bounce_return_path FROM instance i) AS default_return_path, EXISTS (
  SELECT 1
  FROM suppressions s
  WHERE s.tenant_id = messages.tenant_id
) AS has_suppressions;

-- claimed, PostgreSQL
UPDATE messages
SET status = 'sending', claimed_by = $1, attempts = messages.attempts + 1, first_attempt_at = COALESCE(messages.first_attempt_at, $2::bigint),
  blocked_until = NULL, next_sweep_at = $3::bigint, updated_at = $4::bigint
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::text AS "tenant",
    (value ->> 3)::text AS "account", (value ->> 4)::bigint AS "is_first"
  FROM jsonb_array_elements($5::jsonb)
) AS j
WHERE messages.pk = j.k
AND messages.revision = j.rev
AND messages.status IN ('pending', 'deferred')
AND messages.due_at <= $6::bigint
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
AND NOT EXISTS (
  SELECT 1
  FROM breakers b
  WHERE b.tenant_id = messages.tenant_id
  AND b.account_id = COALESCE(messages.account_id, '')
  AND b.revision = COALESCE(
    (
      SELECT a.revision
      FROM accounts a
      WHERE a.tenant_id = messages.tenant_id
      AND a.id = messages.account_id
    ), $8
  )
  AND (
    b.open_until > $9::bigint
    OR (
      (b.failures > 0 AND b.open_until <= $10::bigint)
      AND (
        j.is_first = 0
        OR EXISTS (
          SELECT 1
          FROM messages o
          WHERE o.tenant_id = messages.tenant_id
          AND o.status = 'sending'
          AND COALESCE(o.account_id, '') = COALESCE(messages.account_id, '')
        )
      )
    )
  )
)
AND NOT EXISTS (
  SELECT 1
  FROM accounts l
  WHERE l.tenant_id = messages.tenant_id
  AND l.id = messages.account_id
  AND (
    l.limit_per_minute > 0
    OR l.limit_per_hour > 0
    OR l.limit_per_day > 0
  )
)
AND NOT EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = messages.tenant_id
  AND t.rate_limits IS NOT NULL
  AND (
    COALESCE(
      CAST(CAST(t.rate_limits AS JSONB) ->> 'hourly' AS BIGINT), 0
    ) > 0
    OR COALESCE(CAST(CAST(t.rate_limits AS JSONB) ->> 'daily' AS BIGINT), 0) > 0
  )
)
RETURNING pk, id, tenant_id, revision, priority, attempts, retry_count, created_at, first_attempt_at,
  recipients, (
  SELECT c.payload
  FROM message_contents c
  WHERE c.message_pk = messages.pk
  AND octet_length(c.payload) <= $11::bigint
) AS payload, (
  SELECT octet_length(c.payload)
  FROM message_contents c
  WHERE c.message_pk = messages.pk
) AS content_bytes, (
  SELECT a.revision
  FROM accounts a
  WHERE a.tenant_id = messages.tenant_id
  AND a.id = messages.account_id
) AS account_revision, (
  SELECT b.failures
  FROM breakers b
  WHERE b.tenant_id = messages.tenant_id
  AND b.account_id = COALESCE(messages.account_id, '')
  AND b.revision = COALESCE(
    (
      SELECT a.revision
      FROM accounts a
      WHERE a.tenant_id = messages.tenant_id
      AND a.id = messages.account_id
    ), $12
  )
) AS failures, (SELECT i.bounce_return_path FROM instance i) AS default_return_path, EXISTS (
  SELECT 1
  FROM suppressions s
  WHERE s.tenant_id = messages.tenant_id
) AS has_suppressions;
-- $1: 'process-1'
-- $2: 1767225600000
-- $3: 1767225610000
-- $4: 1767225600000
-- $5: '[["pk-1","rev-1","shop","main",1]]'
-- $6: 1767225600000
-- $7: '*'
-- $8: 'settings-c2d9a5551d4fa78188de66a6945b7804'
-- $9: 1767225600000
-- $10: 1767225600000
-- $11: 65536
-- $12: 'settings-c2d9a5551d4fa78188de66a6945b7804'
