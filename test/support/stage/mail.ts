// The one builder of messages as applications hand them in.

type Fields = Record<string, unknown>;

/** A message as an application hands it in; its only recipient has the id as local part. */
export function mail(id: string, fields: Fields = {}): Fields & { id: string } {
  return {
    id,
    from: 'app@acme.test',
    to: [`${id}@example.test`],
    subject: `About ${id}`,
    body: `This is ${id}.`,
    ...fields,
  };
}

/** `count` messages with ids from `<prefix>-1` on. */
export function mails(prefix: string, count: number, fields: Fields = {}): ReturnType<typeof mail>[] {
  return Array.from({ length: count }, (_, i) => mail(`${prefix}-${i + 1}`, fields));
}
