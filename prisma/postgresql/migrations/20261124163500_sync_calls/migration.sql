-- AlterTable
ALTER TABLE "tenants" ADD COLUMN "next_call_at" BIGINT;
ALTER TABLE "tenants" ADD COLUMN "sync_gone_url" TEXT;
ALTER TABLE "tenants" ADD COLUMN "reporter" TEXT;
ALTER TABLE "tenants" ADD COLUMN "reporter_until" BIGINT;
