-- query, both databases (SQLite writes ? for each parameter)
SELECT COUNT(*) AS sends, MIN(sent_at) AS first, MAX(sent_at) AS last
FROM (
  SELECT sent_at
  FROM messages
  WHERE tenant_id = $1
  AND account_id = $2
  AND status = 'sent'
  ORDER BY pk DESC
  LIMIT $3::bigint
) AS s
WHERE sent_at > $4::bigint;
-- $1: 'shop'
-- $2: 'main'
-- $3: 200
-- $4: 1767225540000
