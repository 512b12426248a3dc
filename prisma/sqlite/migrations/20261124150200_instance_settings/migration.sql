-- AlterTable
ALTER TABLE "instance" ADD COLUMN "name" TEXT NOT NULL DEFAULT 'mail-proxy';
ALTER TABLE "instance" ADD COLUMN "bounce_enabled" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "instance" ADD COLUMN "bounce_imap_host" TEXT;
ALTER TABLE "instance" ADD COLUMN "bounce_imap_port" INTEGER NOT NULL DEFAULT 993;
ALTER TABLE "instance" ADD COLUMN "bounce_imap_user" TEXT;
ALTER TABLE "instance" ADD COLUMN "bounce_imap_password" TEXT;
ALTER TABLE "instance" ADD COLUMN "bounce_imap_folder" TEXT NOT NULL DEFAULT 'INBOX';
ALTER TABLE "instance" ADD COLUMN "bounce_imap_ssl" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "instance" ADD COLUMN "bounce_poll_interval" INTEGER NOT NULL DEFAULT 60;
ALTER TABLE "instance" ADD COLUMN "bounce_return_path" TEXT;
ALTER TABLE "instance" ADD COLUMN "bounce_revision" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "instance" ADD COLUMN "updated_at" BIGINT;
