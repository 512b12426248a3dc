-- query, both databases (SQLite writes ? for each parameter)
SELECT m.claimed_by AS id
FROM messages m
WHERE m.next_sweep_at >= 0
AND m.next_sweep_at <= $1::bigint
AND m.status = 'sending'
AND m.updated_at <= $2::bigint
AND m.claimed_by <> $3
AND NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = m.claimed_by)
UNION ALL
SELECT s.process_id AS id
FROM send_slots s
WHERE s.at <= $4::bigint
AND s.process_id <> $5
AND NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = s.process_id);
-- $1: 1767225600000
-- $2: 1767225570000
-- $3: 'process-1'
-- $4: 1767225570000
-- $5: 'process-1'
