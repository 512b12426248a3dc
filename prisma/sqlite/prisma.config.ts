// For the Prisma command line only; the service itself applies its migrations without it.
import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: '.',
  migrations: { path: 'migrations' },
  datasource: { url: process.env.GMP_PRISMA_URL ?? 'file:./dev.db' },
});
