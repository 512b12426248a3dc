// Whose account a message goes through: the owner of a queue, of connections, of a circuit breaker, of limits and of counts.

export interface Owner {
  tenantId: string;
  /** Null: the instance's default SMTP settings. */
  accountId: string | null;
}

/** One text for each owner, for maps. A tenant's id has no line break in it. */
export function ownerKey({ tenantId, accountId }: Owner): string {
  return accountId === null ? tenantId : `${tenantId}\n${accountId}`;
}
