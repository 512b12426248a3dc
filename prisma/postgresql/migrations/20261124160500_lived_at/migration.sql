-- AlterTable
ALTER TABLE "processes" ADD COLUMN "lived_at" BIGINT NOT NULL DEFAULT 0;
