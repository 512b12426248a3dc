// The limits of an account that the admin set: a tenant may lower them, and not lift them.
import type { Account } from '../generated/sqlite/client.js';

const limits = {
  limit_per_minute: ['limitPerMinute', 'adminLimitPerMinute'],
  limit_per_hour: ['limitPerHour', 'adminLimitPerHour'],
  limit_per_day: ['limitPerDay', 'adminLimitPerDay'],
} as const;

type Limit = keyof typeof limits;
export type LimitSettings = { [K in Limit]?: number | null | undefined };

/** A change that was refused, because it would lift limits of the admin. */
export interface LimitsLifted {
  kind: 'limits_lifted';
  /** Each field with the most that it may be. */
  most: Record<string, number>;
}

const all = Object.entries(limits) as [Limit, (typeof limits)[Limit]][];

/** Undefined when a tenant may make this change. */
export function checkLimits(account: Account, settings: LimitSettings): LimitsLifted | undefined {
  const lifted = all.flatMap(([name, [, column]]) => {
    const most = account[column];
    const given = settings[name];
    // 0 and null mean any number.
    return most !== null && given !== undefined && (given || Infinity) > most ? [[name, most] as const] : [];
  });
  return lifted.length === 0 ? undefined : { kind: 'limits_lifted', most: Object.fromEntries(lifted) };
}

/** The limits of the admin as they stand, where a tenant replaces the account without naming them. */
export function limitsThatStay(account: Account): LimitSettings {
  return Object.fromEntries(
    all.flatMap(([name, [column, admin]]) => (account[admin] === null ? [] : [[name, account[column]]])),
  );
}

/** What the admin sets holds for the tenant from now on. */
export function adminLimitColumns(settings: LimitSettings): Record<string, number | null | undefined> {
  return Object.fromEntries(
    all.map(([name, [, column]]) => {
      const given = settings[name];
      return [column, given === undefined ? undefined : given || null];
    }),
  );
}

/** A condition on an account that has no limits of the admin. */
export const withoutAdminLimits = {
  adminLimitPerMinute: null,
  adminLimitPerHour: null,
  adminLimitPerDay: null,
};

/** The limits as the caller gave them: leaving a limit out does not ask to lift it. */
export function limitsOf({ limit_per_minute, limit_per_hour, limit_per_day }: LimitSettings): LimitSettings {
  return { limit_per_minute, limit_per_hour, limit_per_day };
}
