-- events, SQLite
INSERT INTO events (tenant_id, message_pk, message_id, type, at, metadata)
SELECT m.tenant_id, m.pk, m.id, 'queued', ?, CAST(? AS TEXT)
FROM (SELECT value ->> 0 AS "k" FROM json_each(?)) AS j
JOIN messages m ON m.pk = j.k
AND m.status IN ('deferred', 'error')
AND EXISTS (SELECT 1 FROM message_contents c WHERE c.message_pk = m.pk);

-- events, PostgreSQL
INSERT INTO events (tenant_id, message_pk, message_id, type, at, metadata)
SELECT m.tenant_id, m.pk, m.id, 'queued', $1::bigint, CAST($2 AS TEXT)
FROM (
  SELECT (value ->> 0)::text AS "k"
  FROM jsonb_array_elements($3::jsonb)
) AS j
JOIN messages m ON m.pk = j.k
AND m.status IN ('deferred', 'error')
AND EXISTS (SELECT 1 FROM message_contents c WHERE c.message_pk = m.pk)
FOR UPDATE OF m;
-- $1: 1767225600000
-- $2: '{"retried":true}'
-- $3: '[["pk-1"]]'

-- open, SQLite
UPDATE messages AS m
SET status = 'pending', due_at = ?, next_sweep_at = CASE
WHEN m.next_sweep_at >= ? THEN ? + m.priority
ELSE ?
END, claimed_by = NULL, retry_count = 0, first_attempt_at = NULL, blocked_until = NULL, handed_over_attempt = NULL,
  error = NULL, error_at = NULL, error_reason = NULL, smtp_code = NULL, reported_at = NULL,
  recipients = CASE
WHEN m.sent_at IS NULL THEN NULL
ELSE m.recipients
END, updated_at = ?
FROM (SELECT value ->> 0 AS "k" FROM json_each(?)) AS j
WHERE m.pk = j.k
AND m.status IN ('deferred', 'error')
AND EXISTS (SELECT 1 FROM message_contents c WHERE c.message_pk = m.pk)
RETURNING pk, revision, tenant_id, account_id, priority, attempts, due_at, next_sweep_at;

-- open, PostgreSQL
UPDATE messages AS m
SET status = 'pending', due_at = $1::bigint, next_sweep_at = CASE
WHEN m.next_sweep_at >= $2::bigint THEN $3::bigint + m.priority
ELSE $4::bigint
END, claimed_by = NULL, retry_count = 0, first_attempt_at = NULL, blocked_until = NULL, handed_over_attempt = NULL,
  error = NULL, error_at = NULL, error_reason = NULL, smtp_code = NULL, reported_at = NULL,
  recipients = CASE
WHEN m.sent_at IS NULL THEN NULL
ELSE m.recipients
END, updated_at = $5::bigint
FROM (
  SELECT (value ->> 0)::text AS "k"
  FROM jsonb_array_elements($6::jsonb)
) AS j
WHERE m.pk = j.k
AND m.status IN ('deferred', 'error')
AND EXISTS (SELECT 1 FROM message_contents c WHERE c.message_pk = m.pk)
RETURNING pk, revision, tenant_id, account_id, priority, attempts, due_at, next_sweep_at;
-- $1: 1767225600000
-- $2: 9007199254740988
-- $3: 9007199254740988
-- $4: 1767225600000
-- $5: 1767225600000
-- $6: '[["pk-1"]]'
