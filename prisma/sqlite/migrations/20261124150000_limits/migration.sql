-- AlterTable
ALTER TABLE "messages" ADD COLUMN "wait_until" BIGINT;
ALTER TABLE "messages" ADD COLUMN "handed_over" INTEGER;
ALTER TABLE "messages" ADD COLUMN "recipients" TEXT;

-- CreateTable
CREATE TABLE "clock_anchors" (
    "host" TEXT NOT NULL PRIMARY KEY,
    "offset_ms" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "account_rests" (
    "tenant_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "rest_until" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "smtp_code" INTEGER,
    "failures" INTEGER NOT NULL,
    "since" BIGINT NOT NULL,

    PRIMARY KEY ("tenant_id", "account_id")
);

-- CreateTable
CREATE TABLE "send_scopes" (
    "scope" TEXT NOT NULL PRIMARY KEY,
    "last_n" BIGINT NOT NULL DEFAULT 0,
    "last_at" BIGINT NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "send_slots" (
    "scope" TEXT NOT NULL,
    "attempt" TEXT NOT NULL,
    "process_id" TEXT NOT NULL,
    "at" BIGINT NOT NULL,

    PRIMARY KEY ("scope", "attempt")
);

-- CreateTable
CREATE TABLE "send_log" (
    "scope" TEXT NOT NULL,
    "n" BIGINT NOT NULL,
    "at" BIGINT NOT NULL,

    PRIMARY KEY ("scope", "n")
);

-- CreateIndex
CREATE INDEX "send_slots_process_id_idx" ON "send_slots"("process_id");

-- CreateIndex
CREATE INDEX "send_log_at_idx" ON "send_log"("at");
