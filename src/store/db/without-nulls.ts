// Leaves out the fields that are null: what is shown has only what is known (contract section 5).

export function withoutNulls(shown: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null));
}
