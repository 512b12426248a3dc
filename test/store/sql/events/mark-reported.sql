-- lost, both databases (SQLite writes ? for each parameter)
UPDATE tenants
SET last_sync_at = $1::bigint, next_call_at = $2::bigint + $3::bigint, next_sync_after = $4,
  report_fault = NULL, report_refusal = NULL, report_refused_at = NULL
WHERE id = $5
AND (report_lease_owner IS NULL OR report_lease_owner <> $6);
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: 1000
-- $4: null
-- $5: 'shop'
-- $6: 'process-1'

-- held, both databases (SQLite writes ? for each parameter)
UPDATE tenants
SET last_sync_at = $1::bigint, next_call_at = $2::bigint + $3::bigint, next_sync_after = $4,
  report_fault = NULL, report_refusal = NULL, report_refused_at = NULL, report_lease_owner = NULL,
  report_lease_until = NULL
WHERE id = $5
AND report_lease_owner = $6;
-- $1: 1767225600000
-- $2: 1767225600000
-- $3: 1000
-- $4: null
-- $5: 'shop'
-- $6: 'process-1'

-- events, SQLite
UPDATE events
SET reported_at = ?
WHERE id IN (
  SELECT j.id
  FROM (
    SELECT value ->> 0 AS "id", value ->> 1 AS "pk"
    FROM json_each(?)
  ) AS j
);

-- events, PostgreSQL
UPDATE events
SET reported_at = $1::bigint
WHERE id IN (
  SELECT j.id
  FROM (
    SELECT (value ->> 0)::bigint AS "id", (value ->> 1)::text AS "pk"
    FROM jsonb_array_elements($2::jsonb)
  ) AS j
);
-- $1: 1767225600000
-- $2: '[[1,"pk-1"]]'

-- messages, SQLite
UPDATE messages
SET reported_at = ?
WHERE status IN ('sent', 'error')
AND pk IN (
  SELECT j.pk
  FROM (
    SELECT value ->> 0 AS "id", value ->> 1 AS "pk"
    FROM json_each(?)
  ) AS j
  WHERE NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = j.pk
    AND COALESCE(e.reported_at, 0) = 0
    AND e.type <> 'queued'
    LIMIT 1 OFFSET 0
  )
);

-- messages, PostgreSQL
UPDATE messages
SET reported_at = $1::bigint
WHERE status IN ('sent', 'error')
AND pk IN (
  SELECT j.pk
  FROM (
    SELECT (value ->> 0)::bigint AS "id", (value ->> 1)::text AS "pk"
    FROM jsonb_array_elements($2::jsonb)
  ) AS j
  WHERE NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = j.pk
    AND COALESCE(e.reported_at, 0) = 0
    AND e.type <> 'queued'
    LIMIT 1 OFFSET 0
  )
);
-- $1: 1767225600000
-- $2: '[[1,"pk-1"]]'

-- remarks, SQLite
UPDATE events
SET metadata = j.metadata
FROM (
  SELECT value ->> 0 AS "id", value ->> 1 AS "metadata"
  FROM json_each(?)
) AS j
WHERE events.id = j.id;

-- remarks, PostgreSQL
UPDATE events
SET metadata = j.metadata
FROM (
  SELECT (value ->> 0)::bigint AS "id", (value ->> 1)::text AS "metadata"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE events.id = j.id;
-- $1: '[[1,"{\"client_answer\":\"not_found\"}"]]'
