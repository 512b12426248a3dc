-- AlterTable
ALTER TABLE "tenants" ADD COLUMN "webhook_secret" TEXT;
ALTER TABLE "tenants" ADD COLUMN "webhook_secret_previous" TEXT;
ALTER TABLE "tenants" ADD COLUMN "webhook_previous_until" BIGINT;
