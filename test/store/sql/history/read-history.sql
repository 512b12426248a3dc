-- query, both databases (SQLite writes ? for each parameter)
SELECT at / $1::bigint AS step, SUM(accepted) AS accepted, SUM(sent) AS sent, SUM(deferred) AS deferred,
  SUM(failed) AS failed, SUM(bounced) AS bounced, SUM(latency_0) AS latency_0, SUM(latency_1) AS latency_1,
  SUM(latency_2) AS latency_2, SUM(latency_3) AS latency_3, SUM(latency_4) AS latency_4, SUM(latency_5) AS latency_5,
  SUM(latency_6) AS latency_6, SUM(latency_7) AS latency_7, SUM(latency_8) AS latency_8, SUM(latency_9) AS latency_9,
  SUM(latency_10) AS latency_10, SUM(latency_11) AS latency_11, SUM(latency_12) AS latency_12,
  SUM(latency_13) AS latency_13, SUM(latency_14) AS latency_14, MAX(report_lag_ms) AS report_lag_ms,
  MAX(depth_0) AS depth_0, MAX(depth_1) AS depth_1, MAX(depth_2) AS depth_2, MAX(depth_3) AS depth_3
FROM history_minutes
WHERE tenant_id = $2
AND at >= $3::bigint
GROUP BY 1;
-- $1: 600000
-- $2: 'shop'
-- $3: 1767139800000
