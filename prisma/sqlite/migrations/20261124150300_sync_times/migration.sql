-- AlterTable
ALTER TABLE "tenants" ADD COLUMN "last_sync_at" BIGINT;
ALTER TABLE "tenants" ADD COLUMN "next_sync_after" BIGINT;
