-- query, both databases (SQLite writes ? for each parameter)
SELECT tenant_id, account_id, priority, COUNT(*) AS n
FROM messages
WHERE next_sweep_at >= 0
GROUP BY tenant_id, account_id, priority;
