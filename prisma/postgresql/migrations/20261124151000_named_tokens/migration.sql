-- Until now a tenant has had one token at most that the service gave out.
ALTER TABLE "tenant_tokens" ADD COLUMN "name" TEXT NOT NULL DEFAULT 'default';
ALTER TABLE "tenant_tokens" ADD COLUMN "last_used_at" BIGINT;

CREATE UNIQUE INDEX "tenant_tokens_tenant_id_name_key" ON "tenant_tokens"("tenant_id", "name");
DROP INDEX "tenant_tokens_tenant_id_idx";
