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

-- sendsLogged, SQLite
INSERT INTO send_log (scope, n, at)
SELECT o.scope, s.last_n + ROW_NUMBER() OVER (PARTITION BY o.scope ORDER BY o.attempt), CASE
WHEN s.last_at > ? THEN s.last_at
ELSE ?
END
FROM (
  SELECT o.scope, o.attempt, j.taken
  FROM (
    SELECT value ->> 0 AS "scope", value ->> 1 AS "attempt", value ->> 2 AS "taken"
    FROM json_each(?)
  ) AS j
  JOIN send_slots o ON o.scope = j.scope
  AND o.attempt = j.attempt
) AS o
JOIN send_scopes s ON s.scope = o.scope
WHERE o.taken = 1;

-- sendsLogged, PostgreSQL
INSERT INTO send_log (scope, n, at)
SELECT o.scope, s.last_n + ROW_NUMBER() OVER (PARTITION BY o.scope ORDER BY o.attempt), CASE
WHEN s.last_at > $1::bigint THEN s.last_at
ELSE $2::bigint
END
FROM (
  SELECT o.scope, o.attempt, j.taken
  FROM (
    SELECT (value ->> 0)::text AS "scope", (value ->> 1)::text AS "attempt", (value ->> 2)::bigint AS "taken"
    FROM jsonb_array_elements($3::jsonb)
  ) AS j
  JOIN send_slots o ON o.scope = j.scope
  AND o.attempt = j.attempt
) AS o
JOIN send_scopes s ON s.scope = o.scope
WHERE o.taken = 1;
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: '[["shop/main","pk-1-1",1],["shop","pk-1-1",1]]'

-- scopesMoved, SQLite
UPDATE send_scopes AS s
SET last_n = s.last_n + c.entries, last_at = CASE
WHEN s.last_at > ? THEN s.last_at
ELSE ?
END
FROM (
  SELECT o.scope, COUNT(*) AS entries
  FROM (
    SELECT o.scope, o.attempt, j.taken
    FROM (
      SELECT value ->> 0 AS "scope", value ->> 1 AS "attempt", value ->> 2 AS "taken"
      FROM json_each(?)
    ) AS j
    JOIN send_slots o ON o.scope = j.scope
    AND o.attempt = j.attempt
  ) AS o
  WHERE o.taken = 1
  GROUP BY o.scope
) AS c
WHERE c.scope = s.scope;

-- scopesMoved, PostgreSQL
UPDATE send_scopes AS s
SET last_n = s.last_n + c.entries, last_at = CASE
WHEN s.last_at > $1::bigint THEN s.last_at
ELSE $2::bigint
END
FROM (
  SELECT o.scope, COUNT(*) AS entries
  FROM (
    SELECT o.scope, o.attempt, j.taken
    FROM (
      SELECT (value ->> 0)::text AS "scope", (value ->> 1)::text AS "attempt", (value ->> 2)::bigint AS "taken"
      FROM jsonb_array_elements($3::jsonb)
    ) AS j
    JOIN send_slots o ON o.scope = j.scope
    AND o.attempt = j.attempt
  ) AS o
  WHERE o.taken = 1
  GROUP BY o.scope
) AS c
WHERE c.scope = s.scope;
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: '[["shop/main","pk-1-1",1],["shop","pk-1-1",1]]'

-- slotsFreed, SQLite
DELETE
FROM send_slots
WHERE (scope, attempt) IN (
  SELECT o.scope, o.attempt
  FROM (
    SELECT o.scope, o.attempt, j.taken
    FROM (
      SELECT value ->> 0 AS "scope", value ->> 1 AS "attempt", value ->> 2 AS "taken"
      FROM json_each(?)
    ) AS j
    JOIN send_slots o ON o.scope = j.scope
    AND o.attempt = j.attempt
  ) AS o
);

-- slotsFreed, PostgreSQL
DELETE
FROM send_slots
WHERE (scope, attempt) IN (
  SELECT o.scope, o.attempt
  FROM (
    SELECT o.scope, o.attempt, j.taken
    FROM (
      SELECT (value ->> 0)::text AS "scope", (value ->> 1)::text AS "attempt", (value ->> 2)::bigint AS "taken"
      FROM jsonb_array_elements($1::jsonb)
    ) AS j
    JOIN send_slots o ON o.scope = j.scope
    AND o.attempt = j.attempt
  ) AS o
);
-- $1: '[["shop/main","pk-1-1",1],["shop","pk-1-1",1]]'

-- events, SQLite
INSERT INTO events (
  tenant_id, message_pk, message_id, type, at, description, metadata, of_breaker
)
SELECT m.tenant_id, m.pk, m.id, j.type, j.at, j.description, j.metadata, j.of_breaker = 1
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "attempt", value ->> 2 AS "at", value ->> 3 AS "type",
    value ->> 4 AS "description", value ->> 5 AS "metadata", value ->> 6 AS "of_breaker"
  FROM json_each(?)
) AS j
JOIN messages m ON m.pk = j.k
AND m.attempts = j.attempt
AND m.claimed_by = ?
AND m.status = 'sending'
WHERE j.of_breaker = 0
OR NOT EXISTS (
  SELECT 1
  FROM events e
  WHERE e.id = (SELECT MAX(l.id) FROM events l WHERE l.message_pk = m.pk)
  AND e.of_breaker = true
);

-- events, PostgreSQL
INSERT INTO events (
  tenant_id, message_pk, message_id, type, at, description, metadata, of_breaker
)
SELECT m.tenant_id, m.pk, m.id, j.type, j.at, j.description, j.metadata, j.of_breaker = 1
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::bigint AS "attempt", (value ->> 2)::bigint AS "at",
    (value ->> 3)::text AS "type", (value ->> 4)::text AS "description", (value ->> 5)::text AS "metadata",
    (value ->> 6)::bigint AS "of_breaker"
  FROM jsonb_array_elements($1::jsonb)
) AS j
JOIN messages m ON m.pk = j.k
AND m.attempts = j.attempt
AND m.claimed_by = $2
AND m.status = 'sending'
WHERE j.of_breaker = 0
OR NOT EXISTS (
  SELECT 1
  FROM events e
  WHERE e.id = (SELECT MAX(l.id) FROM events l WHERE l.message_pk = m.pk)
  AND e.of_breaker = true
)
FOR UPDATE OF m;
-- $1: '[["pk-1",4,1767225600000,"deferred",null,null,0]]'
-- $2: 'process-1'

-- transcripts, SQLite
INSERT INTO attempt_transcripts (message_pk, attempt, at, lines)
SELECT m.pk, j.attempt, j.at, j.lines
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "attempt", value ->> 2 AS "at", value ->> 3 AS "lines"
  FROM json_each(?)
) AS j
JOIN messages m ON m.pk = j.k
AND m.attempts = j.attempt
AND m.claimed_by = ?
AND m.status = 'sending'
WHERE true
ON CONFLICT DO NOTHING;

-- transcripts, PostgreSQL
INSERT INTO attempt_transcripts (message_pk, attempt, at, lines)
SELECT m.pk, j.attempt, j.at, j.lines
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::bigint AS "attempt", (value ->> 2)::bigint AS "at",
    (value ->> 3)::text AS "lines"
  FROM jsonb_array_elements($1::jsonb)
) AS j
JOIN messages m ON m.pk = j.k
AND m.attempts = j.attempt
AND m.claimed_by = $2
AND m.status = 'sending'
WHERE true
ON CONFLICT DO NOTHING;
-- $1: '[["pk-1",4,1767225600000,"C: QUIT"]]'
-- $2: 'process-1'

-- olderTranscripts, SQLite
DELETE
FROM attempt_transcripts
WHERE (message_pk, attempt) IN (
  SELECT t.message_pk, t.attempt
  FROM (
    SELECT value ->> 0 AS "k", value ->> 1 AS "attempt"
    FROM json_each(?)
  ) AS j
  JOIN attempt_transcripts t ON t.message_pk = j.k
  AND t.attempt <= j.attempt - ?
);

-- olderTranscripts, PostgreSQL
DELETE
FROM attempt_transcripts
WHERE (message_pk, attempt) IN (
  SELECT t.message_pk, t.attempt
  FROM (
    SELECT (value ->> 0)::text AS "k", (value ->> 1)::bigint AS "attempt"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
  JOIN attempt_transcripts t ON t.message_pk = j.k
  AND t.attempt <= j.attempt - $2::bigint
);
-- $1: '[["pk-1",4]]'
-- $2: 3

-- ended, SQLite
UPDATE messages AS m
SET status = j.status, sent_at = COALESCE(m.sent_at, j.sent_at), error_at = j.error_at, error = j.error,
  smtp_code = j.smtp_code, error_reason = j.error_reason, recipients = COALESCE(j.recipients, m.recipients),
  due_at = COALESCE(j.due_at, m.due_at), blocked_until = j.blocked_until, next_sweep_at = j.next_sweep_at,
  retry_count = m.retry_count + j.counts, updated_at = j.at
FROM (
  SELECT value ->> 0 AS "k", value ->> 1 AS "attempt", value ->> 2 AS "status", value ->> 3 AS "at",
    value ->> 4 AS "sent_at", value ->> 5 AS "error_at", value ->> 6 AS "due_at", value ->> 7 AS "blocked_until",
    value ->> 8 AS "next_sweep_at", value ->> 9 AS "counts", value ->> 10 AS "error", value ->> 11 AS "smtp_code",
    value ->> 12 AS "error_reason", value ->> 13 AS "recipients"
  FROM json_each(?)
) AS j
WHERE m.pk = j.k
AND m.attempts = j.attempt
AND m.claimed_by = ?
AND m.status = 'sending'
RETURNING pk;

-- ended, PostgreSQL
UPDATE messages AS m
SET status = j.status, sent_at = COALESCE(m.sent_at, j.sent_at), error_at = j.error_at, error = j.error,
  smtp_code = j.smtp_code, error_reason = j.error_reason, recipients = COALESCE(j.recipients, m.recipients),
  due_at = COALESCE(j.due_at, m.due_at), blocked_until = j.blocked_until, next_sweep_at = j.next_sweep_at,
  retry_count = m.retry_count + j.counts, updated_at = j.at
FROM (
  SELECT (value ->> 0)::text AS "k", (value ->> 1)::bigint AS "attempt", (value ->> 2)::text AS "status",
    (value ->> 3)::bigint AS "at", (value ->> 4)::bigint AS "sent_at", (value ->> 5)::bigint AS "error_at",
    (value ->> 6)::bigint AS "due_at", (value ->> 7)::bigint AS "blocked_until", (value ->> 8)::bigint AS "next_sweep_at",
    (value ->> 9)::bigint AS "counts", (value ->> 10)::text AS "error", (value ->> 11)::bigint AS "smtp_code",
    (value ->> 12)::text AS "error_reason", (value ->> 13)::text AS "recipients"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE m.pk = j.k
AND m.attempts = j.attempt
AND m.claimed_by = $2
AND m.status = 'sending'
RETURNING pk;
-- $1: '[["pk-1",4,"deferred",1767225600000,null,null,1767225600000,null,1767225600000,1,"refused",null,null,null]]'
-- $2: 'process-1'
