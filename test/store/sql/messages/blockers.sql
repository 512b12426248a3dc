-- query, SQLite
SELECT j.k AS k, messages.revision AS revision, messages.status AS status, messages.due_at AS due_at,
  (SELECT i.active FROM instance i) AS active, (
  SELECT t.active
  FROM tenants t
  WHERE t.id = messages.tenant_id
) AS tenant_active, (
  SELECT COUNT(*)
  FROM suspensions s
  WHERE s.tenant_id = messages.tenant_id
  AND s.batch_code = ?
) AS all_stopped, (
  SELECT COUNT(*)
  FROM suspensions s
  WHERE s.tenant_id = messages.tenant_id
  AND s.batch_code = messages.batch_code
) AS batch_stopped, (
  SELECT a.suspended_at
  FROM accounts a
  WHERE a.tenant_id = j.tenant
  AND a.id = j.account
) AS account_stopped, (
  SELECT b.open_until
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
) AS open_until, (
  SELECT b.reason
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
) AS breaker_reason, (
  SELECT b.smtp_code
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
) AS breaker_code, (
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
) AS failures, (
  SELECT a.limit_behavior
  FROM accounts a
  WHERE a.tenant_id = j.tenant
  AND a.id = j.account
) AS behavior, j.minute, j.hour, j.day, j.tenant_hour, j.tenant_day, (
  SELECT COUNT(*)
  FROM send_slots o
  WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
) AS account_open, (SELECT COUNT(*) FROM send_slots o WHERE o.scope = j.tenant) AS tenant_open,
  COALESCE(
  (
    SELECT s.last_at
    FROM send_scopes s
    WHERE s.scope = COALESCE(j.tenant || '/' || j.account, '/')
  ), 0
) AS account_last, COALESCE(
  (
    SELECT s.last_at
    FROM send_scopes s
    WHERE s.scope = j.tenant
  ), 0
) AS tenant_last, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
  AND l.n = (
    SELECT s.last_n
    FROM send_scopes s
    WHERE s.scope = COALESCE(j.tenant || '/' || j.account, '/')
  ) - j.minute + 1 + (
    j.rank - 1 + (
      SELECT COUNT(*)
      FROM send_slots o
      WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
    )
  ) % NULLIF(j.minute, 0)
) AS minute_at, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
  AND l.n = (
    SELECT s.last_n
    FROM send_scopes s
    WHERE s.scope = COALESCE(j.tenant || '/' || j.account, '/')
  ) - j.hour + 1 + (
    j.rank - 1 + (
      SELECT COUNT(*)
      FROM send_slots o
      WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
    )
  ) % NULLIF(j.hour, 0)
) AS hour_at, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
  AND l.n = (
    SELECT s.last_n
    FROM send_scopes s
    WHERE s.scope = COALESCE(j.tenant || '/' || j.account, '/')
  ) - j.day + 1 + (
    j.rank - 1 + (
      SELECT COUNT(*)
      FROM send_slots o
      WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
    )
  ) % NULLIF(j.day, 0)
) AS day_at, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = j.tenant
  AND l.n = (SELECT s.last_n FROM send_scopes s WHERE s.scope = j.tenant) - j.tenant_hour + 1 + (
    j.rank - 1 + (SELECT COUNT(*) FROM send_slots o WHERE o.scope = j.tenant)
  ) % NULLIF(j.tenant_hour, 0)
) AS tenant_hour_at, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = j.tenant
  AND l.n = (SELECT s.last_n FROM send_scopes s WHERE s.scope = j.tenant) - j.tenant_day + 1 + (
    j.rank - 1 + (SELECT COUNT(*) FROM send_slots o WHERE o.scope = j.tenant)
  ) % NULLIF(j.tenant_day, 0)
) AS tenant_day_at
FROM (
  SELECT j.*, COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
    COALESCE(a.limit_per_day, 0) AS day, COALESCE(CAST(t.rate_limits ->> 'hourly' AS BIGINT), 0) AS tenant_hour,
    COALESCE(CAST(t.rate_limits ->> 'daily' AS BIGINT), 0) AS tenant_day
  FROM (
    SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "tenant", value ->> 3 AS "account",
      value ->> 4 AS "rank"
    FROM json_each(?)
  ) AS j
  JOIN tenants t ON t.id = j.tenant
  LEFT JOIN accounts a ON a.tenant_id = j.tenant
  AND a.id = j.account
) AS j
JOIN messages ON messages.pk = j.k
AND messages.revision = j.rev;

-- query, PostgreSQL
SELECT j.k AS k, messages.revision AS revision, messages.status AS status, messages.due_at AS due_at,
  (SELECT i.active FROM instance i) AS active, (
  SELECT t.active
  FROM tenants t
  WHERE t.id = messages.tenant_id
) AS tenant_active, (
  SELECT COUNT(*)
  FROM suspensions s
  WHERE s.tenant_id = messages.tenant_id
  AND s.batch_code = $1
) AS all_stopped, (
  SELECT COUNT(*)
  FROM suspensions s
  WHERE s.tenant_id = messages.tenant_id
  AND s.batch_code = messages.batch_code
) AS batch_stopped, (
  SELECT a.suspended_at
  FROM accounts a
  WHERE a.tenant_id = j.tenant
  AND a.id = j.account
) AS account_stopped, (
  SELECT b.open_until
  FROM breakers b
  WHERE b.tenant_id = messages.tenant_id
  AND b.account_id = COALESCE(messages.account_id, '')
  AND b.revision = COALESCE(
    (
      SELECT a.revision
      FROM accounts a
      WHERE a.tenant_id = messages.tenant_id
      AND a.id = messages.account_id
    ), $2
  )
) AS open_until, (
  SELECT b.reason
  FROM breakers b
  WHERE b.tenant_id = messages.tenant_id
  AND b.account_id = COALESCE(messages.account_id, '')
  AND b.revision = COALESCE(
    (
      SELECT a.revision
      FROM accounts a
      WHERE a.tenant_id = messages.tenant_id
      AND a.id = messages.account_id
    ), $3
  )
) AS breaker_reason, (
  SELECT b.smtp_code
  FROM breakers b
  WHERE b.tenant_id = messages.tenant_id
  AND b.account_id = COALESCE(messages.account_id, '')
  AND b.revision = COALESCE(
    (
      SELECT a.revision
      FROM accounts a
      WHERE a.tenant_id = messages.tenant_id
      AND a.id = messages.account_id
    ), $4
  )
) AS breaker_code, (
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
    ), $5
  )
) AS failures, (
  SELECT a.limit_behavior
  FROM accounts a
  WHERE a.tenant_id = j.tenant
  AND a.id = j.account
) AS behavior, j.minute, j.hour, j.day, j.tenant_hour, j.tenant_day, (
  SELECT COUNT(*)
  FROM send_slots o
  WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
) AS account_open, (SELECT COUNT(*) FROM send_slots o WHERE o.scope = j.tenant) AS tenant_open,
  COALESCE(
  (
    SELECT s.last_at
    FROM send_scopes s
    WHERE s.scope = COALESCE(j.tenant || '/' || j.account, '/')
  ), 0
) AS account_last, COALESCE(
  (
    SELECT s.last_at
    FROM send_scopes s
    WHERE s.scope = j.tenant
  ), 0
) AS tenant_last, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
  AND l.n = (
    SELECT s.last_n
    FROM send_scopes s
    WHERE s.scope = COALESCE(j.tenant || '/' || j.account, '/')
  ) - j.minute + 1 + (
    j.rank - 1 + (
      SELECT COUNT(*)
      FROM send_slots o
      WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
    )
  ) % NULLIF(j.minute, 0)
) AS minute_at, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
  AND l.n = (
    SELECT s.last_n
    FROM send_scopes s
    WHERE s.scope = COALESCE(j.tenant || '/' || j.account, '/')
  ) - j.hour + 1 + (
    j.rank - 1 + (
      SELECT COUNT(*)
      FROM send_slots o
      WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
    )
  ) % NULLIF(j.hour, 0)
) AS hour_at, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = COALESCE(j.tenant || '/' || j.account, '/')
  AND l.n = (
    SELECT s.last_n
    FROM send_scopes s
    WHERE s.scope = COALESCE(j.tenant || '/' || j.account, '/')
  ) - j.day + 1 + (
    j.rank - 1 + (
      SELECT COUNT(*)
      FROM send_slots o
      WHERE o.scope = COALESCE(j.tenant || '/' || j.account, '/')
    )
  ) % NULLIF(j.day, 0)
) AS day_at, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = j.tenant
  AND l.n = (SELECT s.last_n FROM send_scopes s WHERE s.scope = j.tenant) - j.tenant_hour + 1 + (
    j.rank - 1 + (SELECT COUNT(*) FROM send_slots o WHERE o.scope = j.tenant)
  ) % NULLIF(j.tenant_hour, 0)
) AS tenant_hour_at, (
  SELECT l.at
  FROM send_log l
  WHERE l.scope = j.tenant
  AND l.n = (SELECT s.last_n FROM send_scopes s WHERE s.scope = j.tenant) - j.tenant_day + 1 + (
    j.rank - 1 + (SELECT COUNT(*) FROM send_slots o WHERE o.scope = j.tenant)
  ) % NULLIF(j.tenant_day, 0)
) AS tenant_day_at
FROM (
  SELECT j.*, COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
    COALESCE(a.limit_per_day, 0) AS day, COALESCE(
    CAST(CAST(t.rate_limits AS JSONB) ->> 'hourly' AS BIGINT), 0
  ) AS tenant_hour, COALESCE(CAST(CAST(t.rate_limits AS JSONB) ->> 'daily' AS BIGINT), 0) AS tenant_day
  FROM (
    SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::text AS "tenant",
      (value ->> 3)::text AS "account", (value ->> 4)::bigint AS "rank"
    FROM jsonb_array_elements($6::jsonb)
  ) AS j
  JOIN tenants t ON t.id = j.tenant
  LEFT JOIN accounts a ON a.tenant_id = j.tenant
  AND a.id = j.account
) AS j
JOIN messages ON messages.pk = j.k
AND messages.revision = j.rev;
-- $1: '*'
-- $2: 'settings-c2d9a5551d4fa78188de66a6945b7804'
-- $3: 'settings-c2d9a5551d4fa78188de66a6945b7804'
-- $4: 'settings-c2d9a5551d4fa78188de66a6945b7804'
-- $5: 'settings-c2d9a5551d4fa78188de66a6945b7804'
-- $6: '[["pk-1","rev-1","shop","main",1]]'
