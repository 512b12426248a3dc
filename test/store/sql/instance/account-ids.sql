-- query, both databases (SQLite writes ? for each parameter)
SELECT id
FROM accounts
WHERE tenant_id = $1
UNION
SELECT account_id AS id
FROM messages
WHERE tenant_id = $2
AND next_sweep_at IS NOT NULL
AND account_id IS NOT NULL;
-- $1: 'shop'
-- $2: 'shop'
