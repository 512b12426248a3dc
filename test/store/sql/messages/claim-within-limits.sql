-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT pg_advisory_xact_lock_shared($1::bigint);
-- $1: 7881692268099465072

-- scopesAdded, SQLite
INSERT INTO send_scopes (scope)
SELECT j.scope
FROM (SELECT value ->> 0 AS "scope" FROM json_each(?)) AS j
WHERE true
ORDER BY j.scope
ON CONFLICT (scope) DO NOTHING;

-- scopesAdded, PostgreSQL
INSERT INTO send_scopes (scope)
SELECT j.scope
FROM (
  SELECT (value ->> 0)::text AS "scope"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE true
ORDER BY j.scope
ON CONFLICT (scope) DO NOTHING;
-- $1: '[["shop"],["shop/main"]]'

-- scopesLocked, SQLite: nothing

-- scopesLocked, PostgreSQL
SELECT scope
FROM send_scopes
WHERE scope IN (
  SELECT j.scope
  FROM (
    SELECT (value ->> 0)::text AS "scope"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
ORDER BY scope
FOR UPDATE OF send_scopes;
-- $1: '[["shop"],["shop/main"]]'

-- claimed, SQLite
UPDATE messages
SET status = 'sending', claimed_by = ?, attempts = messages.attempts + 1, first_attempt_at = COALESCE(messages.first_attempt_at, ?),
  blocked_until = NULL, next_sweep_at = ?, updated_at = ?
WHERE pk IN (
  SELECT j.k
  FROM (
    SELECT j.*, ROW_NUMBER() OVER (
      PARTITION BY COALESCE(j.tenant || '/' || j.account, '/')
      ORDER BY messages.priority, messages.pk
    ) AS account_rank, ROW_NUMBER() OVER (
      PARTITION BY j.tenant
      ORDER BY messages.priority, messages.pk
    ) AS tenant_rank, COALESCE(sa.last_n, 0) AS account_n, COALESCE(sa.last_at, 0) AS account_at,
      COALESCE(st.last_n, 0) AS tenant_n, COALESCE(st.last_at, 0) AS tenant_at, (
      SELECT COUNT(*)
      FROM send_slots o
      WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
    ) AS account_open, (SELECT COUNT(*) FROM send_slots o WHERE o.scope = j.tenant) AS tenant_open
    FROM (
      SELECT j.*, COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
        COALESCE(a.limit_per_day, 0) AS day, COALESCE(CAST(t.rate_limits ->> 'hourly' AS BIGINT), 0) AS tenant_hour,
        COALESCE(CAST(t.rate_limits ->> 'daily' AS BIGINT), 0) AS tenant_day
      FROM (
        SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "tenant", value ->> 3 AS "account",
          value ->> 4 AS "is_first"
        FROM json_each(?)
      ) AS j
      JOIN tenants t ON t.id = j.tenant
      LEFT JOIN accounts a ON a.tenant_id = j.tenant
      AND a.id = j.account
    ) AS j
    JOIN messages ON messages.pk = j.k
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
    LEFT JOIN send_scopes sa ON sa.scope = COALESCE(j.tenant || '/' || j.account, '/')
    LEFT JOIN send_scopes st ON st.scope = j.tenant
  ) AS j
  WHERE (
    j.minute = 0
    OR (
      j.account_open + j.account_rank <= j.minute
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
        AND l.n = j.account_n - j.minute + j.account_open + j.account_rank
        AND l.at > CASE
        WHEN j.account_at > ? THEN j.account_at
        ELSE ?
        END - ?
      )
    )
  )
  AND (
    j.hour = 0
    OR (
      j.account_open + j.account_rank <= j.hour
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
        AND l.n = j.account_n - j.hour + j.account_open + j.account_rank
        AND l.at > CASE
        WHEN j.account_at > ? THEN j.account_at
        ELSE ?
        END - ?
      )
    )
  )
  AND (
    j.day = 0
    OR (
      j.account_open + j.account_rank <= j.day
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
        AND l.n = j.account_n - j.day + j.account_open + j.account_rank
        AND l.at > CASE
        WHEN j.account_at > ? THEN j.account_at
        ELSE ?
        END - ?
      )
    )
  )
  AND (
    j.tenant_hour = 0
    OR (
      j.tenant_open + j.tenant_rank <= j.tenant_hour
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = j.tenant
        AND l.n = j.tenant_n - j.tenant_hour + j.tenant_open + j.tenant_rank
        AND l.at > CASE
        WHEN j.tenant_at > ? THEN j.tenant_at
        ELSE ?
        END - ?
      )
    )
  )
  AND (
    j.tenant_day = 0
    OR (
      j.tenant_open + j.tenant_rank <= j.tenant_day
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = j.tenant
        AND l.n = j.tenant_n - j.tenant_day + j.tenant_open + j.tenant_rank
        AND l.at > CASE
        WHEN j.tenant_at > ? THEN j.tenant_at
        ELSE ?
        END - ?
      )
    )
  )
)
AND messages.status IN ('pending', 'deferred')
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
WHERE pk IN (
  SELECT j.k
  FROM (
    SELECT j.*, ROW_NUMBER() OVER (
      PARTITION BY COALESCE(j.tenant || '/' || j.account, '/')
      ORDER BY messages.priority, messages.pk
    ) AS account_rank, ROW_NUMBER() OVER (
      PARTITION BY j.tenant
      ORDER BY messages.priority, messages.pk
    ) AS tenant_rank, COALESCE(sa.last_n, 0) AS account_n, COALESCE(sa.last_at, 0) AS account_at,
      COALESCE(st.last_n, 0) AS tenant_n, COALESCE(st.last_at, 0) AS tenant_at, (
      SELECT COUNT(*)
      FROM send_slots o
      WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
    ) AS account_open, (SELECT COUNT(*) FROM send_slots o WHERE o.scope = j.tenant) AS tenant_open
    FROM (
      SELECT j.*, COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
        COALESCE(a.limit_per_day, 0) AS day, COALESCE(
        CAST(CAST(t.rate_limits AS JSONB) ->> 'hourly' AS BIGINT), 0
      ) AS tenant_hour, COALESCE(CAST(CAST(t.rate_limits AS JSONB) ->> 'daily' AS BIGINT), 0) AS tenant_day
      FROM (
        SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::text AS "tenant",
          (value ->> 3)::text AS "account", (value ->> 4)::bigint AS "is_first"
        FROM jsonb_array_elements($5::jsonb)
      ) AS j
      JOIN tenants t ON t.id = j.tenant
      LEFT JOIN accounts a ON a.tenant_id = j.tenant
      AND a.id = j.account
    ) AS j
    JOIN messages ON messages.pk = j.k
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
    LEFT JOIN send_scopes sa ON sa.scope = COALESCE(j.tenant || '/' || j.account, '/')
    LEFT JOIN send_scopes st ON st.scope = j.tenant
  ) AS j
  WHERE (
    j.minute = 0
    OR (
      j.account_open + j.account_rank <= j.minute
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
        AND l.n = j.account_n - j.minute + j.account_open + j.account_rank
        AND l.at > CASE
        WHEN j.account_at > $11::bigint THEN j.account_at
        ELSE $12::bigint
        END - $13::bigint
      )
    )
  )
  AND (
    j.hour = 0
    OR (
      j.account_open + j.account_rank <= j.hour
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
        AND l.n = j.account_n - j.hour + j.account_open + j.account_rank
        AND l.at > CASE
        WHEN j.account_at > $14::bigint THEN j.account_at
        ELSE $15::bigint
        END - $16::bigint
      )
    )
  )
  AND (
    j.day = 0
    OR (
      j.account_open + j.account_rank <= j.day
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
        AND l.n = j.account_n - j.day + j.account_open + j.account_rank
        AND l.at > CASE
        WHEN j.account_at > $17::bigint THEN j.account_at
        ELSE $18::bigint
        END - $19::bigint
      )
    )
  )
  AND (
    j.tenant_hour = 0
    OR (
      j.tenant_open + j.tenant_rank <= j.tenant_hour
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = j.tenant
        AND l.n = j.tenant_n - j.tenant_hour + j.tenant_open + j.tenant_rank
        AND l.at > CASE
        WHEN j.tenant_at > $20::bigint THEN j.tenant_at
        ELSE $21::bigint
        END - $22::bigint
      )
    )
  )
  AND (
    j.tenant_day = 0
    OR (
      j.tenant_open + j.tenant_rank <= j.tenant_day
      AND NOT EXISTS (
        SELECT 1
        FROM send_log l
        WHERE l.scope = j.tenant
        AND l.n = j.tenant_n - j.tenant_day + j.tenant_open + j.tenant_rank
        AND l.at > CASE
        WHEN j.tenant_at > $23::bigint THEN j.tenant_at
        ELSE $24::bigint
        END - $25::bigint
      )
    )
  )
)
AND messages.status IN ('pending', 'deferred')
RETURNING pk, id, tenant_id, revision, priority, attempts, retry_count, created_at, first_attempt_at,
  recipients, (
  SELECT c.payload
  FROM message_contents c
  WHERE c.message_pk = messages.pk
  AND octet_length(c.payload) <= $26::bigint
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
    ), $27
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
-- $11: 1767225600000
-- $12: 1767225600000
-- $13: 60002
-- $14: 1767225600000
-- $15: 1767225600000
-- $16: 3600002
-- $17: 1767225600000
-- $18: 1767225600000
-- $19: 86400002
-- $20: 1767225600000
-- $21: 1767225600000
-- $22: 3600002
-- $23: 1767225600000
-- $24: 1767225600000
-- $25: 86400002
-- $26: 65536
-- $27: 'settings-c2d9a5551d4fa78188de66a6945b7804'

-- slots, SQLite
INSERT INTO send_slots (scope, attempt, process_id, at)
SELECT COALESCE(j.tenant || '/' || j.account, '/'), messages.pk || '-' || messages.attempts,
  ?, ?
FROM (
  SELECT j.*, COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
    COALESCE(a.limit_per_day, 0) AS day, COALESCE(CAST(t.rate_limits ->> 'hourly' AS BIGINT), 0) AS tenant_hour,
    COALESCE(CAST(t.rate_limits ->> 'daily' AS BIGINT), 0) AS tenant_day
  FROM (
    SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "tenant", value ->> 3 AS "account",
      value ->> 4 AS "is_first"
    FROM json_each(?)
  ) AS j
  JOIN tenants t ON t.id = j.tenant
  LEFT JOIN accounts a ON a.tenant_id = j.tenant
  AND a.id = j.account
) AS j
JOIN messages ON messages.pk = j.k
AND messages.revision = j.rev
AND messages.status = 'sending'
AND messages.claimed_by = ?
AND messages.updated_at = ?
WHERE (j.minute > 0 OR j.hour > 0 OR j.day > 0)
UNION
SELECT j.tenant, messages.pk || '-' || messages.attempts, ?, ?
FROM (
  SELECT j.*, COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
    COALESCE(a.limit_per_day, 0) AS day, COALESCE(CAST(t.rate_limits ->> 'hourly' AS BIGINT), 0) AS tenant_hour,
    COALESCE(CAST(t.rate_limits ->> 'daily' AS BIGINT), 0) AS tenant_day
  FROM (
    SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "tenant", value ->> 3 AS "account",
      value ->> 4 AS "is_first"
    FROM json_each(?)
  ) AS j
  JOIN tenants t ON t.id = j.tenant
  LEFT JOIN accounts a ON a.tenant_id = j.tenant
  AND a.id = j.account
) AS j
JOIN messages ON messages.pk = j.k
AND messages.revision = j.rev
AND messages.status = 'sending'
AND messages.claimed_by = ?
AND messages.updated_at = ?
WHERE (j.tenant_hour > 0 OR j.tenant_day > 0)
ON CONFLICT (scope, attempt) DO NOTHING;

-- slots, PostgreSQL
INSERT INTO send_slots (scope, attempt, process_id, at)
SELECT COALESCE(j.tenant || '/' || j.account, '/'), messages.pk || '-' || messages.attempts,
  $1, $2::bigint
FROM (
  SELECT j.*, COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
    COALESCE(a.limit_per_day, 0) AS day, COALESCE(
    CAST(CAST(t.rate_limits AS JSONB) ->> 'hourly' AS BIGINT), 0
  ) AS tenant_hour, COALESCE(CAST(CAST(t.rate_limits AS JSONB) ->> 'daily' AS BIGINT), 0) AS tenant_day
  FROM (
    SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::text AS "tenant",
      (value ->> 3)::text AS "account", (value ->> 4)::bigint AS "is_first"
    FROM jsonb_array_elements($3::jsonb)
  ) AS j
  JOIN tenants t ON t.id = j.tenant
  LEFT JOIN accounts a ON a.tenant_id = j.tenant
  AND a.id = j.account
) AS j
JOIN messages ON messages.pk = j.k
AND messages.revision = j.rev
AND messages.status = 'sending'
AND messages.claimed_by = $4
AND messages.updated_at = $5::bigint
WHERE (j.minute > 0 OR j.hour > 0 OR j.day > 0)
UNION
SELECT j.tenant, messages.pk || '-' || messages.attempts, $6, $7::bigint
FROM (
  SELECT j.*, COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
    COALESCE(a.limit_per_day, 0) AS day, COALESCE(
    CAST(CAST(t.rate_limits AS JSONB) ->> 'hourly' AS BIGINT), 0
  ) AS tenant_hour, COALESCE(CAST(CAST(t.rate_limits AS JSONB) ->> 'daily' AS BIGINT), 0) AS tenant_day
  FROM (
    SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::text AS "tenant",
      (value ->> 3)::text AS "account", (value ->> 4)::bigint AS "is_first"
    FROM jsonb_array_elements($8::jsonb)
  ) AS j
  JOIN tenants t ON t.id = j.tenant
  LEFT JOIN accounts a ON a.tenant_id = j.tenant
  AND a.id = j.account
) AS j
JOIN messages ON messages.pk = j.k
AND messages.revision = j.rev
AND messages.status = 'sending'
AND messages.claimed_by = $9
AND messages.updated_at = $10::bigint
WHERE (j.tenant_hour > 0 OR j.tenant_day > 0)
ON CONFLICT (scope, attempt) DO NOTHING;
-- $1: 'process-1'
-- $2: 1767225600000
-- $3: '[["pk-1","rev-1","shop","main",1]]'
-- $4: 'process-1'
-- $5: 1767225600000
-- $6: 'process-1'
-- $7: 1767225600000
-- $8: '[["pk-1","rev-1","shop","main",1]]'
-- $9: 'process-1'
-- $10: 1767225600000
