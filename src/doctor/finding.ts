// What `doctor` says of one thing: how it is, and what to do about it.

export interface Finding {
  /** What was looked at, such as `redis` or `account shop/main`. */
  check: string;
  verdict: 'ok' | 'warning' | 'wrong';
  /** How it is, in a sentence. */
  found: string;
  /** What to do; absent when it is as it should be. */
  remedy?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, verdict: 'ok', found });

export const warning = (check: string, found: string, remedy: string): Finding => ({
  check,
  verdict: 'warning',
  found,
  remedy,
});

export const wrong = (check: string, found: string, remedy: string): Finding => ({
  check,
  verdict: 'wrong',
  found,
  remedy,
});
