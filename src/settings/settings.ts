// Every setting of every topic, put together. .env.example lists the same.
import { attachmentSettings } from './attachments.js';
import { bounceSettings } from './bounces.js';
import { coreSettings } from './core.js';
import { dashboardSettings } from './dashboard.js';
import { destinationSettings } from './destinations.js';
import { httpSettings } from './http.js';
import { quotaSettings } from './quotas.js';
import { reportSettings } from './reports.js';
import type { Setting } from './setting.js';
import { smtpSettings } from './smtp.js';

export const settings = {
  ...httpSettings,
  ...coreSettings,
  ...smtpSettings,
  ...quotaSettings,
  ...reportSettings,
  ...destinationSettings,
  ...attachmentSettings,
  ...bounceSettings,
  ...dashboardSettings,
} satisfies Record<string, Setting<unknown>>;

export type Settings = {
  [K in keyof typeof settings]: (typeof settings)[K] extends Setting<infer T> ? T : never;
};
