// The settings of the pages for people.
import { z } from 'zod';
import { flag, secret, setting, unset, whole } from './setting.js';

export const dashboardSettings = {
  dashboard: setting(
    'GMP_DASHBOARD',
    flag,
    '1',
    'Whether there are pages for people, at /; 0 removes all of them.',
  ),
  dashboardContent: setting(
    'GMP_DASHBOARD_CONTENT',
    flag,
    '1',
    'Whether the pages show the admin subjects and contents of mails; tenants always see their own.',
  ),
  dashboardUser: unset(
    'GMP_DASHBOARD_USER',
    z.string().min(1, 'is empty'),
    'User who may log in to the pages as admin, beside the admin token. Unset: none.',
  ),
  dashboardPassword: secret(
    'GMP_DASHBOARD_PASSWORD',
    z.string().min(12, 'is shorter than 12 characters').describe('12 characters or more'),
    'Password of GMP_DASHBOARD_USER.',
  ),
  dashboardSessionSeconds: setting(
    'GMP_DASHBOARD_SESSION_SECONDS',
    whole(60, 2_592_000),
    '43200',
    'Seconds after which a login to the pages ends.',
  ),
  dashboardIdleSeconds: setting(
    'GMP_DASHBOARD_IDLE_SECONDS',
    whole(60, 2_592_000),
    '3600',
    'Seconds without a call after which a login to the pages ends.',
  ),
  historyRetentionSeconds: setting(
    'GMP_HISTORY_RETENTION_SECONDS',
    whole(0, 315_360_000),
    '7776000',
    'Seconds for which the history of sending is kept in steps of an hour; in steps of a minute it is kept for a day at most. 0: no history.',
  ),
};
