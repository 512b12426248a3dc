-- Lists of a tenant's messages, alone and by account, are merged from the streams of each status. Each of these indexes has
-- collations that no other has, so that the planner takes none in place of another (src/store/listing/page.ts).
DROP INDEX "messages_tenant_id_pk_idx";
CREATE INDEX "messages_tenant_id_status_pk_idx" ON "messages"("tenant_id", "status", "pk" COLLATE "C");
CREATE INDEX "messages_tenant_id_account_id_status_pk_idx" ON "messages"("tenant_id", "account_id", "status" COLLATE "C", "pk" COLLATE "C");

-- By batch: only messages that belong to one stand in these.
CREATE INDEX "messages_batch_idx" ON "messages"("tenant_id", "batch_code", "status", "pk" COLLATE "POSIX") WHERE "batch_code" IS NOT NULL;
CREATE INDEX "messages_batch_account_idx" ON "messages"("tenant_id", "batch_code", "account_id", "status" COLLATE "C", "pk" COLLATE "POSIX") WHERE "batch_code" IS NOT NULL;

-- As before, and with all that the metrics count, so that they read nothing but this index.
DROP INDEX "messages_open_idx";
CREATE INDEX "messages_open_idx" ON "messages"("check_at", "pk", "tenant_id", "account_id", "priority") WHERE "check_at" IS NOT NULL;
