-- query, both databases (SQLite writes ? for each parameter)
SELECT up_to
FROM history_progress
WHERE what = $1;
-- $1: 'samples'

-- query, both databases (SQLite writes ? for each parameter)
SELECT t.id AS id, CASE
WHEN t.client_base_url IS NOT NULL THEN (
  SELECT e.at
  FROM events e
  WHERE e.tenant_id = t.id
  AND e.reported_at IS NULL
  AND e.type <> 'queued'
  ORDER BY e.id
  LIMIT 1
)
END AS oldest, SUM(u.queued_0) AS depth_0, SUM(u.queued_1) AS depth_1, SUM(u.queued_2) AS depth_2,
  SUM(u.queued_3) AS depth_3
FROM tenants t
LEFT JOIN tenant_usage u ON u.tenant_id = t.id
WHERE t.deleted_at IS NULL
GROUP BY t.id;

-- moved, both databases (SQLite writes ? for each parameter)
INSERT INTO history_progress (what, up_to, run)
VALUES ($1, $2::bigint, $3)
ON CONFLICT (what)
DO UPDATE
SET up_to = excluded.up_to, run = excluded.run
WHERE history_progress.up_to = $4::bigint;
-- $1: 'samples'
-- $2: 1767225600000
-- $3: 'random-id'
-- $4: 0

-- lock, SQLite: nothing

-- lock, PostgreSQL
SELECT 1
FROM tenants t
WHERE t.id IN (
  SELECT j.id
  FROM (
    SELECT (value ->> 0)::text AS "id"
    FROM jsonb_array_elements($1::jsonb)
  ) AS j
)
ORDER BY t.id FOR KEY SHARE;
-- $1: '[["shop"],[""]]'

-- minutes, SQLite
INSERT INTO history_minutes (
  tenant_id, at, report_lag_ms, depth_0, depth_1, depth_2, depth_3
)
SELECT j.tenant_id, j.at, report_lag_ms, depth_0, depth_1, depth_2, depth_3
FROM (
  SELECT value ->> 0 AS "tenant_id", value ->> 1 AS "at", value ->> 2 AS "report_lag_ms",
    value ->> 3 AS "depth_0", value ->> 4 AS "depth_1", value ->> 5 AS "depth_2", value ->> 6 AS "depth_3"
  FROM json_each(?)
) AS j
WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = ?)
AND (
  j.tenant_id = ?
  OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
)
ORDER BY j.tenant_id, j.at
ON CONFLICT (tenant_id, at)
DO UPDATE
SET report_lag_ms = CASE
WHEN history_minutes.report_lag_ms > excluded.report_lag_ms THEN history_minutes.report_lag_ms
ELSE excluded.report_lag_ms
END, depth_0 = CASE
WHEN history_minutes.depth_0 > excluded.depth_0 THEN history_minutes.depth_0
ELSE excluded.depth_0
END, depth_1 = CASE
WHEN history_minutes.depth_1 > excluded.depth_1 THEN history_minutes.depth_1
ELSE excluded.depth_1
END, depth_2 = CASE
WHEN history_minutes.depth_2 > excluded.depth_2 THEN history_minutes.depth_2
ELSE excluded.depth_2
END, depth_3 = CASE
WHEN history_minutes.depth_3 > excluded.depth_3 THEN history_minutes.depth_3
ELSE excluded.depth_3
END;

-- minutes, PostgreSQL
INSERT INTO history_minutes (
  tenant_id, at, report_lag_ms, depth_0, depth_1, depth_2, depth_3
)
SELECT j.tenant_id, j.at, report_lag_ms, depth_0, depth_1, depth_2, depth_3
FROM (
  SELECT (value ->> 0)::text AS "tenant_id", (value ->> 1)::bigint AS "at", (value ->> 2)::bigint AS "report_lag_ms",
    (value ->> 3)::bigint AS "depth_0", (value ->> 4)::bigint AS "depth_1", (value ->> 5)::bigint AS "depth_2",
    (value ->> 6)::bigint AS "depth_3"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = $2)
AND (
  j.tenant_id = $3
  OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
)
ORDER BY j.tenant_id, j.at
ON CONFLICT (tenant_id, at)
DO UPDATE
SET report_lag_ms = CASE
WHEN history_minutes.report_lag_ms > excluded.report_lag_ms THEN history_minutes.report_lag_ms
ELSE excluded.report_lag_ms
END, depth_0 = CASE
WHEN history_minutes.depth_0 > excluded.depth_0 THEN history_minutes.depth_0
ELSE excluded.depth_0
END, depth_1 = CASE
WHEN history_minutes.depth_1 > excluded.depth_1 THEN history_minutes.depth_1
ELSE excluded.depth_1
END, depth_2 = CASE
WHEN history_minutes.depth_2 > excluded.depth_2 THEN history_minutes.depth_2
ELSE excluded.depth_2
END, depth_3 = CASE
WHEN history_minutes.depth_3 > excluded.depth_3 THEN history_minutes.depth_3
ELSE excluded.depth_3
END;
-- $1: '[["shop",1767225600000,1767225599999,1,0,2,0],["",1767225600000,1767225599999,1,0,2,0]]'
-- $2: 'random-id'
-- $3: ''

-- hours, SQLite
INSERT INTO history_hours (
  tenant_id, at, report_lag_ms, depth_0, depth_1, depth_2, depth_3
)
SELECT j.tenant_id, j.at, report_lag_ms, depth_0, depth_1, depth_2, depth_3
FROM (
  SELECT value ->> 0 AS "tenant_id", value ->> 1 AS "at", value ->> 2 AS "report_lag_ms",
    value ->> 3 AS "depth_0", value ->> 4 AS "depth_1", value ->> 5 AS "depth_2", value ->> 6 AS "depth_3"
  FROM json_each(?)
) AS j
WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = ?)
AND (
  j.tenant_id = ?
  OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
)
ORDER BY j.tenant_id, j.at
ON CONFLICT (tenant_id, at)
DO UPDATE
SET report_lag_ms = CASE
WHEN history_hours.report_lag_ms > excluded.report_lag_ms THEN history_hours.report_lag_ms
ELSE excluded.report_lag_ms
END, depth_0 = CASE
WHEN history_hours.depth_0 > excluded.depth_0 THEN history_hours.depth_0
ELSE excluded.depth_0
END, depth_1 = CASE
WHEN history_hours.depth_1 > excluded.depth_1 THEN history_hours.depth_1
ELSE excluded.depth_1
END, depth_2 = CASE
WHEN history_hours.depth_2 > excluded.depth_2 THEN history_hours.depth_2
ELSE excluded.depth_2
END, depth_3 = CASE
WHEN history_hours.depth_3 > excluded.depth_3 THEN history_hours.depth_3
ELSE excluded.depth_3
END;

-- hours, PostgreSQL
INSERT INTO history_hours (
  tenant_id, at, report_lag_ms, depth_0, depth_1, depth_2, depth_3
)
SELECT j.tenant_id, j.at, report_lag_ms, depth_0, depth_1, depth_2, depth_3
FROM (
  SELECT (value ->> 0)::text AS "tenant_id", (value ->> 1)::bigint AS "at", (value ->> 2)::bigint AS "report_lag_ms",
    (value ->> 3)::bigint AS "depth_0", (value ->> 4)::bigint AS "depth_1", (value ->> 5)::bigint AS "depth_2",
    (value ->> 6)::bigint AS "depth_3"
  FROM jsonb_array_elements($1::jsonb)
) AS j
WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = $2)
AND (
  j.tenant_id = $3
  OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id)
)
ORDER BY j.tenant_id, j.at
ON CONFLICT (tenant_id, at)
DO UPDATE
SET report_lag_ms = CASE
WHEN history_hours.report_lag_ms > excluded.report_lag_ms THEN history_hours.report_lag_ms
ELSE excluded.report_lag_ms
END, depth_0 = CASE
WHEN history_hours.depth_0 > excluded.depth_0 THEN history_hours.depth_0
ELSE excluded.depth_0
END, depth_1 = CASE
WHEN history_hours.depth_1 > excluded.depth_1 THEN history_hours.depth_1
ELSE excluded.depth_1
END, depth_2 = CASE
WHEN history_hours.depth_2 > excluded.depth_2 THEN history_hours.depth_2
ELSE excluded.depth_2
END, depth_3 = CASE
WHEN history_hours.depth_3 > excluded.depth_3 THEN history_hours.depth_3
ELSE excluded.depth_3
END;
-- $1: '[["shop",1767225600000,1767225599999,1,0,2,0],["",1767225600000,1767225599999,1,0,2,0]]'
-- $2: 'random-id'
-- $3: ''
