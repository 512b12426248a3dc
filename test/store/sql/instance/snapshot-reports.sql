-- query, both databases (SQLite writes ? for each parameter)
SELECT t.id AS id, t.report_fault AS fault, (
  SELECT e.at
  FROM events e
  WHERE e.tenant_id = t.id
  AND e.reported_at IS NULL
  AND e.type <> 'queued'
  ORDER BY e.id
  LIMIT 1
) AS oldest
FROM tenants t
WHERE t.client_base_url IS NOT NULL
OR t.report_fault IS NOT NULL;
