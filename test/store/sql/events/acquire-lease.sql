-- acquired, both databases (SQLite writes ? for each parameter)
UPDATE tenants AS t
SET report_lease_owner = $1, report_lease_until = $2::bigint
WHERE t.id = $3
AND t.deleted_at IS NULL
AND (
  t.report_lease_owner IS NULL
  OR t.report_lease_owner = $4
  OR t.report_lease_until <= $5::bigint
  OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = t.report_lease_owner)
)
AND EXISTS (
  SELECT 1
  FROM events e
  WHERE e.tenant_id = t.id
  AND e.reported_at IS NULL
  AND e.type <> 'queued'
);
-- $1: 'process-1'
-- $2: 1767225690000
-- $3: 'shop'
-- $4: 'process-1'
-- $5: 1767225600000

-- query, both databases (SQLite writes ? for each parameter)
SELECT 1
FROM tenants t
WHERE t.id = $1
AND t.deleted_at IS NULL
AND NOT (
  t.report_lease_owner IS NULL
  OR t.report_lease_owner = $2
  OR t.report_lease_until <= $3::bigint
  OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = t.report_lease_owner)
)
AND EXISTS (
  SELECT 1
  FROM events e
  WHERE e.tenant_id = t.id
  AND e.reported_at IS NULL
  AND e.type <> 'queued'
);
-- $1: 'shop'
-- $2: 'process-1'
-- $3: 1767225600000
