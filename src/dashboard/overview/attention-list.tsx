// What an operator has to look after now, each with the way to it.
import type { Attention } from '../../explain/find-attention.js';
import { pathOfMessage } from '../pages/message-parts.js';
import { Time } from '../pages/time.js';

export function AttentionList({ found }: { found: Attention[] }) {
  if (found.length === 0) return <p class="hint">Nothing. Mails and reports leave as they should.</p>;
  return (
    <ul class="attention">
      {found.map((one) => (
        <li class="alert" role={one.kind === 'stopped' || one.kind === 'redis' ? 'alert' : undefined}>
          {one.description}
          {one.since !== undefined && (
            <>
              {' '}
              Since <Time seconds={Math.floor(one.since / 1000)} />.
            </>
          )}
          {one.until !== undefined && (
            <>
              {' '}
              Until <Time seconds={Math.ceil(one.until / 1000)} />.
            </>
          )}
          <Way {...one} />
        </li>
      ))}
    </ul>
  );
}

function Way({ tenantId, accountId, messageId }: Attention) {
  if (tenantId === undefined) return null;
  if (messageId !== undefined)
    return (
      <>
        {' '}
        <a href={pathOfMessage(tenantId, messageId)}>The message</a>
      </>
    );
  const query = new URLSearchParams({
    tenant_id: tenantId,
    ...(accountId !== undefined && { account_id: accountId }),
  });
  return (
    <>
      {' '}
      <a href={`/dashboard/messages?${query}`}>Its messages</a>
    </>
  );
}
