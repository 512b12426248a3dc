-- query, both databases (SQLite writes ? for each parameter)
SELECT DISTINCT tenant_id, account_id
FROM messages
WHERE next_sweep_at >= 0
AND messages.tenant_id = $1
AND (next_sweep_at <= $2::bigint OR next_sweep_at >= $3::bigint)
AND NOT EXISTS (
  SELECT 1
  FROM suspensions s
  WHERE s.tenant_id = messages.tenant_id
  AND s.batch_code = $4
);
-- $1: 'shop'
-- $2: 1767229200000
-- $3: 9007199254740988
-- $4: '*'
