-- query, both databases (SQLite writes ? for each parameter)
SELECT one.*, t.name AS tenant_name, (
  SELECT c.payload
  FROM message_contents c
  WHERE c.message_pk = one.pk
) AS payload
FROM (SELECT * FROM messages WHERE tenant_id = $1 AND id = $2) AS one
JOIN tenants t ON t.id = one.tenant_id;
-- $1: 'shop'
-- $2: 'id-1'
