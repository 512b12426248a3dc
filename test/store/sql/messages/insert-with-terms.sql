-- rooms, SQLite: nothing

-- rooms, PostgreSQL
SELECT 1
FROM tenants t
WHERE t.id = $1
ORDER BY t.id FOR NO KEY UPDATE;
-- $1: 'shop'

-- stored, SQLite
INSERT INTO messages (
  pk, tenant_id, id, account_id, revision, priority, batch_code, status, due_at, next_sweep_at,
    attempts, retry_count, content_bytes, created_at, updated_at
)
SELECT j.pk, j.tenant_id, j.id, j.account_id, j.revision, j.priority, j.batch_code, j.status,
  j.due_at, j.next_sweep_at, 0, 0, j.bytes, ?, ?
FROM (
  SELECT value ->> 0 AS "pk", value ->> 1 AS "tenant_id", value ->> 2 AS "id", value ->> 3 AS "account_id",
    value ->> 4 AS "revision", value ->> 5 AS "priority", value ->> 6 AS "batch_code", value ->> 7 AS "status",
    value ->> 8 AS "due_at", value ->> 9 AS "next_sweep_at", value ->> 10 AS "call", value ->> 11 AS "bytes",
    value ->> 12 AS "nth", value ->> 13 AS "bytes_so_far"
  FROM json_each(?)
) AS j
JOIN (
  WITH rooms AS MATERIALIZED (
    SELECT t.id AS tenant, (
      SELECT COALESCE(SUM(u.queued), 0)
      FROM tenant_usage u
      WHERE u.tenant_id = t.id
    ) AS queued, (
      SELECT COALESCE(SUM(u.stored_bytes), 0)
      FROM tenant_usage u
      WHERE u.tenant_id = t.id
    ) AS stored_bytes, CAST(COALESCE(t.limits ->> 'max_queued', ?) AS BIGINT) AS max_queued,
      CAST(COALESCE(t.limits ->> 'max_stored_mb', ?) AS BIGINT) AS max_stored_mb
    FROM tenants t
    WHERE t.id = ?
    AND t.deleted_at IS NULL
  )
  SELECT *
  FROM rooms
) AS r ON r.tenant = j.tenant_id
WHERE (
  r.max_queued = 0
  OR r.queued + j.nth <= r.max_queued
  OR (
    SELECT o.status
    FROM messages o
    WHERE o.tenant_id = j.tenant_id
    AND o.id = j.id
  ) IN ('pending', 'deferred')
)
AND (
  r.max_stored_mb = 0
  OR r.stored_bytes + j.bytes_so_far <= r.max_stored_mb * ?
  OR r.stored_bytes + j.bytes_so_far - COALESCE(
    (
      SELECT o.content_bytes
      FROM messages o
      WHERE o.tenant_id = j.tenant_id
      AND o.id = j.id
    ), 0
  ) <= r.max_stored_mb * ?
)
AND EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = j.tenant_id
  AND t.active = true
)
AND (
  j.account_id IS NULL
  OR EXISTS (
    SELECT 1
    FROM accounts a
    WHERE a.tenant_id = j.tenant_id
    AND a.id = j.account_id
  )
)
ON CONFLICT (tenant_id, id)
DO UPDATE
SET account_id = excluded.account_id, revision = excluded.revision, priority = excluded.priority,
  batch_code = excluded.batch_code, status = excluded.status, due_at = excluded.due_at, next_sweep_at = excluded.next_sweep_at,
  claimed_by = NULL, retry_count = 0, first_attempt_at = NULL, blocked_until = NULL, handed_over_attempt = NULL,
  recipients = NULL, error_at = NULL, error = NULL, error_reason = NULL, smtp_code = NULL,
  reported_at = NULL, content_bytes = excluded.content_bytes, updated_at = excluded.updated_at
WHERE messages.status IN ('pending', 'deferred', 'error')
AND messages.sent_at IS NULL
RETURNING pk, tenant_id, id, revision, attempts;

-- stored, PostgreSQL
INSERT INTO messages (
  pk, tenant_id, id, account_id, revision, priority, batch_code, status, due_at, next_sweep_at,
    attempts, retry_count, content_bytes, created_at, updated_at
)
SELECT j.pk, j.tenant_id, j.id, j.account_id, j.revision, j.priority, j.batch_code, j.status,
  j.due_at, j.next_sweep_at, 0, 0, j.bytes, $1::bigint, $2::bigint
FROM (
  SELECT (value ->> 0)::text AS "pk", (value ->> 1)::text AS "tenant_id", (value ->> 2)::text AS "id",
    (value ->> 3)::text AS "account_id", (value ->> 4)::text AS "revision", (value ->> 5)::bigint AS "priority",
    (value ->> 6)::text AS "batch_code", (value ->> 7)::text AS "status", (value ->> 8)::bigint AS "due_at",
    (value ->> 9)::bigint AS "next_sweep_at", (value ->> 10)::text AS "call", (value ->> 11)::bigint AS "bytes",
    (value ->> 12)::bigint AS "nth", (value ->> 13)::bigint AS "bytes_so_far"
  FROM jsonb_array_elements($3::jsonb)
) AS j
JOIN (
  WITH rooms AS MATERIALIZED (
    SELECT t.id AS tenant, (
      SELECT COALESCE(SUM(u.queued), 0)
      FROM tenant_usage u
      WHERE u.tenant_id = t.id
    ) AS queued, (
      SELECT COALESCE(SUM(u.stored_bytes), 0)
      FROM tenant_usage u
      WHERE u.tenant_id = t.id
    ) AS stored_bytes, CAST(
      COALESCE(CAST(t.limits AS JSONB) ->> 'max_queued', $4) AS BIGINT
    ) AS max_queued, CAST(
      COALESCE(CAST(t.limits AS JSONB) ->> 'max_stored_mb', $5) AS BIGINT
    ) AS max_stored_mb
    FROM tenants t
    WHERE t.id = $6
    AND t.deleted_at IS NULL
  )
  SELECT *
  FROM rooms
) AS r ON r.tenant = j.tenant_id
WHERE (
  r.max_queued = 0
  OR r.queued + j.nth <= r.max_queued
  OR (
    SELECT o.status
    FROM messages o
    WHERE o.tenant_id = j.tenant_id
    AND o.id = j.id
  ) IN ('pending', 'deferred')
)
AND (
  r.max_stored_mb = 0
  OR r.stored_bytes + j.bytes_so_far <= r.max_stored_mb * $7::bigint
  OR r.stored_bytes + j.bytes_so_far - COALESCE(
    (
      SELECT o.content_bytes
      FROM messages o
      WHERE o.tenant_id = j.tenant_id
      AND o.id = j.id
    ), 0
  ) <= r.max_stored_mb * $8::bigint
)
AND EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = j.tenant_id
  AND t.active = true
)
AND (
  j.account_id IS NULL
  OR EXISTS (
    SELECT 1
    FROM accounts a
    WHERE a.tenant_id = j.tenant_id
    AND a.id = j.account_id
  )
)
ON CONFLICT (tenant_id, id)
DO UPDATE
SET account_id = excluded.account_id, revision = excluded.revision, priority = excluded.priority,
  batch_code = excluded.batch_code, status = excluded.status, due_at = excluded.due_at, next_sweep_at = excluded.next_sweep_at,
  claimed_by = NULL, retry_count = 0, first_attempt_at = NULL, blocked_until = NULL, handed_over_attempt = NULL,
  recipients = NULL, error_at = NULL, error = NULL, error_reason = NULL, smtp_code = NULL,
  reported_at = NULL, content_bytes = excluded.content_bytes, updated_at = excluded.updated_at
WHERE messages.status IN ('pending', 'deferred', 'error')
AND messages.sent_at IS NULL
RETURNING pk, tenant_id, id, revision, attempts;
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: '[["pk-1","shop","id-1","main","rev-1",2,null,"pending",1767225600000,1767225605000,null,2,1,2]]'
-- $4: '1000000'
-- $5: '20480'
-- $6: 'shop'
-- $7: 1048576
-- $8: 1048576

-- contents, SQLite
INSERT INTO message_contents (message_pk, payload)
SELECT m.pk, j.payload
FROM (
  SELECT value ->> 0 AS "tenant", value ->> 1 AS "id", value ->> 2 AS "revision", value ->> 3 AS "payload"
  FROM json_each(?)
) AS j
JOIN messages m ON m.tenant_id = j.tenant
AND m.id = j.id
AND m.revision = j.revision
WHERE true
ON CONFLICT (message_pk)
DO UPDATE
SET payload = excluded.payload;

-- contents, PostgreSQL
INSERT INTO message_contents (message_pk, payload)
SELECT m.pk, j.payload
FROM (
  SELECT (value ->> 0)::text AS "tenant", (value ->> 1)::text AS "id", (value ->> 2)::text AS "revision",
    (value ->> 3)::text AS "payload"
  FROM jsonb_array_elements($1::jsonb)
) AS j
JOIN messages m ON m.tenant_id = j.tenant
AND m.id = j.id
AND m.revision = j.revision
WHERE true
ON CONFLICT (message_pk)
DO UPDATE
SET payload = excluded.payload;
-- $1: '[["shop","id-1","rev-1","{}"]]'

-- terms, SQLite
INSERT INTO message_terms (message_pk, term)
SELECT m.pk, CAST(t.value AS BIGINT)
FROM (
  SELECT value ->> 0 AS "tenant", value ->> 1 AS "id", value ->> 2 AS "revision", value ->> 3 AS "terms"
  FROM json_each(?)
) AS j
JOIN messages m ON m.tenant_id = j.tenant
AND m.id = j.id
AND m.revision = j.revision CROSS
JOIN json_each(j.terms) AS t
WHERE true
ON CONFLICT DO NOTHING;

-- terms, PostgreSQL
INSERT INTO message_terms (message_pk, term)
SELECT m.pk, CAST(t.value AS BIGINT)
FROM (
  SELECT (value ->> 0)::text AS "tenant", (value ->> 1)::text AS "id", (value ->> 2)::text AS "revision",
    (value ->> 3)::text AS "terms"
  FROM jsonb_array_elements($1::jsonb)
) AS j
JOIN messages m ON m.tenant_id = j.tenant
AND m.id = j.id
AND m.revision = j.revision CROSS
JOIN jsonb_array_elements_text(j.terms::jsonb) AS t(value)
WHERE true
ON CONFLICT DO NOTHING;
-- $1: '[["shop","id-1","rev-1","[1,2]"]]'

-- events, SQLite
INSERT INTO events (tenant_id, message_pk, message_id, type, at)
SELECT m.tenant_id, m.pk, m.id, 'queued', m.updated_at
FROM (
  SELECT value ->> 0 AS "tenant", value ->> 1 AS "id", value ->> 2 AS "revision"
  FROM json_each(?)
) AS j
JOIN messages m ON m.tenant_id = j.tenant
AND m.id = j.id
AND m.revision = j.revision;

-- events, PostgreSQL
INSERT INTO events (tenant_id, message_pk, message_id, type, at)
SELECT m.tenant_id, m.pk, m.id, 'queued', m.updated_at
FROM (
  SELECT (value ->> 0)::text AS "tenant", (value ->> 1)::text AS "id", (value ->> 2)::text AS "revision"
  FROM jsonb_array_elements($1::jsonb)
) AS j
JOIN messages m ON m.tenant_id = j.tenant
AND m.id = j.id
AND m.revision = j.revision;
-- $1: '[["shop","id-1","rev-1"]]'

-- query, SQLite
SELECT j.tenant AS tenant, j.id AS message, CASE
WHEN NOT EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = j.tenant
  AND t.deleted_at IS NULL
) THEN 'no_tenant'
WHEN EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = j.tenant
  AND t.active = false
) THEN 'tenant_inactive'
WHEN j.account IS NOT NULL
AND NOT EXISTS (
  SELECT 1
  FROM accounts a
  WHERE a.tenant_id = j.tenant
  AND a.id = j.account
) THEN 'no_account'
WHEN m.status = 'sent'
OR m.sent_at IS NOT NULL THEN 'already_sent'
WHEN m.status = 'sending' THEN 'being_sent'
ELSE COALESCE(
  CASE
  WHEN r.max_stored_mb > 0
  AND r.stored_bytes + j.bytes > r.max_stored_mb * ? THEN 'max_stored_mb ' || r.max_stored_mb
  WHEN r.max_queued > 0
  AND r.queued + j.nth > r.max_queued THEN 'max_queued ' || r.max_queued
  END, 'being_sent'
)
END AS why
FROM (
  SELECT value ->> 0 AS "tenant", value ->> 1 AS "id", value ->> 2 AS "account", value ->> 3 AS "bytes",
    value ->> 4 AS "nth"
  FROM json_each(?)
) AS j
LEFT JOIN (
  WITH rooms AS MATERIALIZED (
    SELECT t.id AS tenant, (
      SELECT COALESCE(SUM(u.queued), 0)
      FROM tenant_usage u
      WHERE u.tenant_id = t.id
    ) AS queued, (
      SELECT COALESCE(SUM(u.stored_bytes), 0)
      FROM tenant_usage u
      WHERE u.tenant_id = t.id
    ) AS stored_bytes, CAST(COALESCE(t.limits ->> 'max_queued', ?) AS BIGINT) AS max_queued,
      CAST(COALESCE(t.limits ->> 'max_stored_mb', ?) AS BIGINT) AS max_stored_mb
    FROM tenants t
    WHERE t.id = ?
    AND t.deleted_at IS NULL
  )
  SELECT *
  FROM rooms
) AS r ON r.tenant = j.tenant
LEFT JOIN messages m ON m.tenant_id = j.tenant
AND m.id = j.id;

-- query, PostgreSQL
SELECT j.tenant AS tenant, j.id AS message, CASE
WHEN NOT EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = j.tenant
  AND t.deleted_at IS NULL
) THEN 'no_tenant'
WHEN EXISTS (
  SELECT 1
  FROM tenants t
  WHERE t.id = j.tenant
  AND t.active = false
) THEN 'tenant_inactive'
WHEN j.account IS NOT NULL
AND NOT EXISTS (
  SELECT 1
  FROM accounts a
  WHERE a.tenant_id = j.tenant
  AND a.id = j.account
) THEN 'no_account'
WHEN m.status = 'sent'
OR m.sent_at IS NOT NULL THEN 'already_sent'
WHEN m.status = 'sending' THEN 'being_sent'
ELSE COALESCE(
  CASE
  WHEN r.max_stored_mb > 0
  AND r.stored_bytes + j.bytes > r.max_stored_mb * $1::bigint THEN 'max_stored_mb ' || r.max_stored_mb
  WHEN r.max_queued > 0
  AND r.queued + j.nth > r.max_queued THEN 'max_queued ' || r.max_queued
  END, 'being_sent'
)
END AS why
FROM (
  SELECT (value ->> 0)::text AS "tenant", (value ->> 1)::text AS "id", (value ->> 2)::text AS "account",
    (value ->> 3)::bigint AS "bytes", (value ->> 4)::bigint AS "nth"
  FROM jsonb_array_elements($2::jsonb)
) AS j
LEFT JOIN (
  WITH rooms AS MATERIALIZED (
    SELECT t.id AS tenant, (
      SELECT COALESCE(SUM(u.queued), 0)
      FROM tenant_usage u
      WHERE u.tenant_id = t.id
    ) AS queued, (
      SELECT COALESCE(SUM(u.stored_bytes), 0)
      FROM tenant_usage u
      WHERE u.tenant_id = t.id
    ) AS stored_bytes, CAST(
      COALESCE(CAST(t.limits AS JSONB) ->> 'max_queued', $3) AS BIGINT
    ) AS max_queued, CAST(
      COALESCE(CAST(t.limits AS JSONB) ->> 'max_stored_mb', $4) AS BIGINT
    ) AS max_stored_mb
    FROM tenants t
    WHERE t.id = $5
    AND t.deleted_at IS NULL
  )
  SELECT *
  FROM rooms
) AS r ON r.tenant = j.tenant
LEFT JOIN messages m ON m.tenant_id = j.tenant
AND m.id = j.id;
-- $1: 1048576
-- $2: '[["shop","id-1","main",2,1]]'
-- $3: '1000000'
-- $4: '20480'
-- $5: 'shop'
