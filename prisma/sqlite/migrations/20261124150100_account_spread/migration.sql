-- AlterTable
ALTER TABLE "accounts" ADD COLUMN "spread" BOOLEAN NOT NULL DEFAULT false;
