-- query, both databases (SQLite writes ? for each parameter)
SELECT t.id AS id, t.client_base_url AS "clientBaseUrl", t.client_sync_path AS "clientSyncPath",
  t.sync_gone_url AS "syncGoneUrl"
FROM tenants t
WHERE t.deleted_at IS NULL
AND t.client_base_url IS NOT NULL
AND EXISTS (
  SELECT 1
  FROM events e
  WHERE e.tenant_id = t.id
  AND e.reported_at IS NULL
  AND e.type <> 'queued'
);
