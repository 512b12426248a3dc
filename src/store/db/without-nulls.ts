// Leaves out the fields that are null, because answers show only what is known (contract section 5).

/** The fields that may be null become optional. */
type WithoutNulls<T> = {
  [K in keyof T as null extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as null extends T[K] ? K : never]?: Exclude<T[K], null>;
};

export function withoutNulls<T extends object>(shown: T): WithoutNulls<T> {
  const known = Object.entries(shown).filter(([, value]) => value !== null);
  return Object.fromEntries(known) as WithoutNulls<T>;
}
