-- plan, SQLite: nothing

-- plan, PostgreSQL
SELECT set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true);

-- entries, SQLite
SELECT p.pk AS pk, COALESCE(
  (
    SELECT octet_length(c.payload)
    FROM message_contents c
    WHERE c.message_pk = p.pk
  ), 0
) + COALESCE(
  (
    SELECT octet_length(m.recipients)
    FROM messages m
    WHERE m.pk = p.pk
  ), 0
) + 500 AS bytes
FROM (
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  ORDER BY pk ASC
  LIMIT ?
) AS p;

-- entries, PostgreSQL
SELECT p.pk AS pk, COALESCE(
  (
    SELECT octet_length(c.payload)
    FROM message_contents c
    WHERE c.message_pk = p.pk COLLATE "default"
  ), 0
) + COALESCE(
  (
    SELECT octet_length(m.recipients)
    FROM messages m
    WHERE m.pk = p.pk COLLATE "default"
  ), 0
) + 500 AS bytes
FROM (
  SELECT pk COLLATE "C" AS pk
  FROM messages
  WHERE tenant_id = $1
  AND status = $2
  AND pk COLLATE "C" > $3
  ORDER BY pk ASC
  LIMIT $4::bigint
) AS p;
-- $1: 'shop'
-- $2: 'sent'
-- $3: ''
-- $4: 501

-- query, SQLite
SELECT pk, attempts, (
  SELECT octet_length(c.payload)
  FROM message_contents c
  WHERE c.message_pk = messages.pk
) AS bytes
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (SELECT value ->> 0 AS "pk" FROM json_each(?)) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < ?
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < ?
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
)
ORDER BY pk;

-- query, PostgreSQL
SELECT pk, attempts, (
  SELECT octet_length(c.payload)
  FROM message_contents c
  WHERE c.message_pk = messages.pk
) AS bytes
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (
    SELECT (value ->> 0)::text AS "pk"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < $2::bigint
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < $3::bigint
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
)
ORDER BY pk;
-- $1: '[["pk-1"]]'
-- $2: 1767225600000
-- $3: 1767225600000

-- query, SQLite
SELECT pk
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (SELECT value ->> 0 AS "pk" FROM json_each(?)) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < ?
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < ?
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
)
AND bounces > ?;

-- query, PostgreSQL
SELECT pk
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (
    SELECT (value ->> 0)::text AS "pk"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < $2::bigint
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < $3::bigint
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
)
AND bounces > $4::bigint;
-- $1: '[["pk-1"]]'
-- $2: 1767225600000
-- $3: 1767225600000
-- $4: 100

-- removed, both databases (SQLite writes ? for each parameter)
DELETE
FROM bounces
WHERE id IN (
  SELECT b.id
  FROM bounces b
  WHERE b.message_pk = $1
  LIMIT $2::bigint
);
-- $1: 'pk-1'
-- $2: 500

-- removed, both databases (SQLite writes ? for each parameter)
DELETE
FROM events
WHERE id IN (
  SELECT e.id
  FROM events e
  WHERE e.message_pk = $1
  AND type IN ('bounce', 'complaint', 'delayed', 'delivered')
  LIMIT $2::bigint
);
-- $1: 'pk-1'
-- $2: 500

-- removed, SQLite
DELETE
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (SELECT value ->> 0 AS "pk" FROM json_each(?)) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < ?
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < ?
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
);

-- removed, PostgreSQL
DELETE
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (
    SELECT (value ->> 0)::text AS "pk"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < $2::bigint
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < $3::bigint
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
);
-- $1: '[["pk-1"]]'
-- $2: 1767225600000
-- $3: 1767225600000

-- plan, SQLite: nothing

-- plan, PostgreSQL
SELECT set_config('enable_bitmapscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true);

-- entries, SQLite
SELECT p.pk AS pk, COALESCE(
  (
    SELECT octet_length(c.payload)
    FROM message_contents c
    WHERE c.message_pk = p.pk
  ), 0
) + COALESCE(
  (
    SELECT octet_length(m.recipients)
    FROM messages m
    WHERE m.pk = p.pk
  ), 0
) + 500 AS bytes
FROM (
  SELECT pk AS pk
  FROM messages
  WHERE tenant_id = ?
  AND status = ?
  AND pk > ?
  ORDER BY pk ASC
  LIMIT ?
) AS p;

-- entries, PostgreSQL
SELECT p.pk AS pk, COALESCE(
  (
    SELECT octet_length(c.payload)
    FROM message_contents c
    WHERE c.message_pk = p.pk COLLATE "default"
  ), 0
) + COALESCE(
  (
    SELECT octet_length(m.recipients)
    FROM messages m
    WHERE m.pk = p.pk COLLATE "default"
  ), 0
) + 500 AS bytes
FROM (
  SELECT pk COLLATE "C" AS pk
  FROM messages
  WHERE tenant_id = $1
  AND status = $2
  AND pk COLLATE "C" > $3
  ORDER BY pk ASC
  LIMIT $4::bigint
) AS p;
-- $1: 'shop'
-- $2: 'error'
-- $3: ''
-- $4: 501

-- query, SQLite
SELECT pk, attempts, (
  SELECT octet_length(c.payload)
  FROM message_contents c
  WHERE c.message_pk = messages.pk
) AS bytes
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (SELECT value ->> 0 AS "pk" FROM json_each(?)) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < ?
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < ?
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
)
ORDER BY pk;

-- query, PostgreSQL
SELECT pk, attempts, (
  SELECT octet_length(c.payload)
  FROM message_contents c
  WHERE c.message_pk = messages.pk
) AS bytes
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (
    SELECT (value ->> 0)::text AS "pk"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < $2::bigint
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < $3::bigint
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
)
ORDER BY pk;
-- $1: '[["pk-1"]]'
-- $2: 1767225600000
-- $3: 1767225600000

-- query, SQLite
SELECT pk
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (SELECT value ->> 0 AS "pk" FROM json_each(?)) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < ?
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < ?
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
)
AND bounces > ?;

-- query, PostgreSQL
SELECT pk
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (
    SELECT (value ->> 0)::text AS "pk"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < $2::bigint
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < $3::bigint
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
)
AND bounces > $4::bigint;
-- $1: '[["pk-1"]]'
-- $2: 1767225600000
-- $3: 1767225600000
-- $4: 100

-- removed, both databases (SQLite writes ? for each parameter)
DELETE
FROM bounces
WHERE id IN (
  SELECT b.id
  FROM bounces b
  WHERE b.message_pk = $1
  LIMIT $2::bigint
);
-- $1: 'pk-1'
-- $2: 500

-- removed, both databases (SQLite writes ? for each parameter)
DELETE
FROM events
WHERE id IN (
  SELECT e.id
  FROM events e
  WHERE e.message_pk = $1
  AND type IN ('bounce', 'complaint', 'delayed', 'delivered')
  LIMIT $2::bigint
);
-- $1: 'pk-1'
-- $2: 500

-- removed, SQLite
DELETE
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (SELECT value ->> 0 AS "pk" FROM json_each(?)) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < ?
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < ?
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
);

-- removed, PostgreSQL
DELETE
FROM messages
WHERE pk IN (
  SELECT j.pk
  FROM (
    SELECT (value ->> 0)::text AS "pk"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
AND status IN ('sent', 'error')
AND (
  reported_at < $2::bigint
  AND NOT EXISTS (
    SELECT 1
    FROM events e
    WHERE e.message_pk = messages.pk
    AND e.reported_at IS NULL
    AND e.type <> 'queued'
  )
  OR COALESCE(error_at, sent_at) < $3::bigint
  AND EXISTS (
    SELECT 1
    FROM tenants t
    WHERE t.id = messages.tenant_id
    AND t.client_base_url IS NULL
  )
);
-- $1: '[["pk-1"]]'
-- $2: 1767225600000
-- $3: 1767225600000
