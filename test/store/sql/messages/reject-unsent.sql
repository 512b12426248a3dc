-- events, SQLite
INSERT INTO events (
  tenant_id, message_pk, message_id, type, at, description, metadata
)
SELECT m.tenant_id, m.pk, m.id, CASE
WHEN m.sent_at IS NULL THEN 'error'
ELSE 'sent'
END, ?, j.error, CASE
WHEN m.recipients IS NULL THEN j.metadata
ELSE json_patch(
  j.metadata, json_object(
    'recipients', (
      SELECT json_group_array(
        json_object(
          'address', r.value ->> 'address', 'status', 'error', 'error', j.error
        )
      )
      FROM json_each(m.recipients) AS r
      WHERE r.value ->> 'status' = 'deferred'
    )
  )
)
END
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "error", value ->> 3 AS "metadata"
  FROM json_each(?)
) AS j
JOIN messages m ON m.pk = j.k
AND m.revision = j.rev
AND m.status IN ('pending', 'deferred');

-- events, PostgreSQL
INSERT INTO events (
  tenant_id, message_pk, message_id, type, at, description, metadata
)
SELECT m.tenant_id, m.pk, m.id, CASE
WHEN m.sent_at IS NULL THEN 'error'
ELSE 'sent'
END, $1::bigint, j.error, CASE
WHEN m.recipients IS NULL THEN j.metadata
ELSE CAST(
  CAST(j.metadata AS JSONB) || jsonb_build_object(
    'recipients', (
      SELECT json_agg(
        json_build_object(
          'address', r.value ->> 'address', 'status', 'error', 'error', j.error
        )
        ORDER BY r.n
      )
      FROM json_array_elements(CAST(m.recipients AS JSON)) WITH ORDINALITY AS r(value, n)
      WHERE r.value ->> 'status' = 'deferred'
    )
  ) AS TEXT
)
END
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::text AS "error",
    (value ->> 3)::text AS "metadata"
  FROM jsonb_array_elements($2::jsonb)
) AS j
JOIN messages m ON m.pk = j.k
AND m.revision = j.rev
AND m.status IN ('pending', 'deferred')
FOR UPDATE OF m;
-- $1: 1767225600000
-- $2: '[["pk-1","rev-1","rate_limit_exceeded","{\"rate_limit\":{\"window\":\"hour\",\"limit\":10}}"]]'

-- ended, SQLite
UPDATE messages AS m
SET status = CASE
WHEN m.sent_at IS NULL THEN 'error'
ELSE 'sent'
END, error = CASE
WHEN m.sent_at IS NULL THEN j.error
END, error_at = CASE
WHEN m.sent_at IS NULL THEN ?
END, recipients = CASE
WHEN m.recipients IS NOT NULL THEN (
  SELECT json_group_array(
    json(
      CASE
      WHEN r.value ->> 'status' = 'deferred' THEN json_object(
        'address', r.value ->> 'address', 'status', 'error', 'error', j.error
      )
      ELSE r.value
      END
    )
  )
  FROM json_each(m.recipients) AS r
)
END, error_reason = NULL, blocked_until = NULL, next_sweep_at = NULL, updated_at = ?
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "rev", value ->> 2 AS "error", value ->> 3 AS "metadata"
  FROM json_each(?)
) AS j
WHERE m.pk = j.k
AND m.revision = j.rev
AND m.status IN ('pending', 'deferred')
RETURNING pk, status;

-- ended, PostgreSQL
UPDATE messages AS m
SET status = CASE
WHEN m.sent_at IS NULL THEN 'error'
ELSE 'sent'
END, error = CASE
WHEN m.sent_at IS NULL THEN j.error
END, error_at = CASE
WHEN m.sent_at IS NULL THEN $1::bigint
END, recipients = CASE
WHEN m.recipients IS NOT NULL THEN (
  SELECT CAST(
    json_agg(
      CASE
      WHEN r.value ->> 'status' = 'deferred' THEN json_build_object(
        'address', r.value ->> 'address', 'status', 'error', 'error', j.error
      )
      ELSE r.value
      END
      ORDER BY r.n
    ) AS TEXT
  )
  FROM json_array_elements(CAST(m.recipients AS JSON)) WITH ORDINALITY AS r(value, n)
)
END, error_reason = NULL, blocked_until = NULL, next_sweep_at = NULL, updated_at = $2::bigint
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::text AS "rev", (value ->> 2)::text AS "error",
    (value ->> 3)::text AS "metadata"
  FROM jsonb_array_elements($3::jsonb)
) AS j
WHERE m.pk = j.k
AND m.revision = j.rev
AND m.status IN ('pending', 'deferred')
RETURNING pk, status;
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: '[["pk-1","rev-1","rate_limit_exceeded","{\"rate_limit\":{\"window\":\"hour\",\"limit\":10}}"]]'
