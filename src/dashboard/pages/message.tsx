// The page of one message: what it waits for, what has happened to it, and the mail itself.
import type { Hono, Context as HttpContext } from 'hono';
import type { Needs } from '../../api/context.js';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import type { PageParts } from '../page-parts.js';
import { isHiddenFrom } from './hidden-content.js';
import { Layout } from './layout.js';
import { htmlOf, htmlPolicy, Mail } from './mail.js';
import type { ShownMessage } from './message-parts.js';
import { readTenantChoice } from './tenant-choice.js';
import { Time } from './time.js';
import { type ShownTranscript, Transcripts } from './transcripts.js';

interface ShownEvent {
  event_type: string;
  event_ts: number;
  description?: string;
  metadata?: Record<string, unknown>;
}

interface Explanation {
  reasons: { kind: string; description: string; until_ts?: number }[];
  position?: number;
  expected_ts?: number;
}

export function addMessagePage(app: Hono<ApiEnv>, ctx: Needs<'config'>, parts: PageParts): void {
  addMailRoute(app, ctx, parts);
  app.get('/dashboard/messages/:id', async (c) => {
    const found = await readMessage(c, parts);
    if (found === undefined) return c.html(<NotThere {...parts} c={c} />, 404);
    const { message, events, explanation, attempts } = found;
    const isHidden = isHiddenFrom(c, ctx);
    return c.html(
      <Layout assets={parts.assets} title={`Message ${message.id}`} caller={c.get('caller')}>
        <p>
          <span class={`status ${message.status}`}>{message.status}</span> tenant {message.tenant_id}
          {message.account_id !== undefined && `, account ${message.account_id}`}
          {message.batch_code !== undefined && `, batch ${message.batch_code}`}, {message.retry_count} retries
        </p>
        <Reasons {...explanation} />
        <Recipients message={message} />
        <Timeline events={events} />
        <Transcripts attempts={attempts} />
        {isHidden ? (
          <p class="hint">GMP_DASHBOARD_CONTENT=0 hides subjects and contents from the admin.</p>
        ) : (
          <Mail message={message} />
        )}
      </Layout>,
    );
  });
}

/** The HTML of a mail alone, for the frame on the page of its message. */
function addMailRoute(app: Hono<ApiEnv>, ctx: Needs<'config'>, parts: PageParts): void {
  app.get('/dashboard/mail/:id', async (c) => {
    const found = isHiddenFrom(c, ctx) ? undefined : await readMessage(c, parts);
    const html = found && htmlOf(found.message);
    if (html === undefined) return c.notFound();
    c.header('Content-Security-Policy', htmlPolicy);
    c.header('X-Frame-Options', 'SAMEORIGIN');
    return c.html(html);
  });
}

/** @returns undefined when the tenant has no such message */
async function readMessage(c: HttpContext<ApiEnv>, { callApi }: PageParts) {
  const caller = c.get('caller');
  // The list of tenants is read only where the address names none.
  const named = caller.kind === 'tenant' ? caller.tenantId : c.req.query('tenant_id');
  const tenantId = named || (await readTenantChoice(c, callApi)).tenantId;
  if (tenantId === undefined) return undefined;
  const path = `/messages/${encodeURIComponent(c.req.param('id') ?? '')}`;
  const query = `?tenant_id=${encodeURIComponent(tenantId)}`;
  const [shown, history, explained, traced] = await Promise.all([
    callApi<{ message?: ShownMessage } & ShownMessage>(c, 'GET', path + query),
    callApi<{ events: ShownEvent[] }>(c, 'GET', `${path}/events${query}`),
    callApi<Explanation>(c, 'GET', `${path}/explain${query}`),
    callApi<{ attempts: ShownTranscript[] }>(c, 'GET', `${path}/trace${query}`),
  ]);
  if ([shown, history, explained, traced].some(({ status }) => status !== 200)) return undefined;
  return {
    message: shown.body,
    events: history.body.events,
    explanation: explained.body,
    attempts: traced.body.attempts,
  };
}

function NotThere({ assets, c }: PageParts & { c: HttpContext<ApiEnv> }) {
  return (
    <Layout assets={assets} title="No such message" caller={c.get('caller')}>
      <p>
        The tenant has no message of this id: it was never accepted, or it was removed some time after its
        result had been reported. <a href="/dashboard/messages">All messages</a>
      </p>
    </Layout>
  );
}

function Reasons({ reasons, position, expected_ts }: Explanation) {
  return (
    <section aria-labelledby="why">
      <h2 id="why">Where it is</h2>
      <ul>
        {reasons.map(({ description, until_ts }) => (
          <li>
            {description}
            {until_ts !== undefined && (
              <>
                {' '}
                (until <Time seconds={until_ts} />)
              </>
            )}
          </li>
        ))}
      </ul>
      {position !== undefined && <p>It is number {position} among the due messages of its account.</p>}
      {expected_ts !== undefined && (
        <p>
          Expected to leave: <Time seconds={expected_ts} />
        </p>
      )}
    </section>
  );
}

function Recipients({ message: { recipients } }: { message: ShownMessage }) {
  if (recipients === undefined) return null;
  return (
    <section aria-labelledby="recipients">
      <h2 id="recipients">Recipients</h2>
      <section class="wide" aria-labelledby="recipients" tabindex={0}>
        <table>
          <tbody>
            {recipients.map(({ address, status, smtp_code, error, bounce_reason }) => (
              <tr>
                <th scope="row">{address}</th>
                <td>
                  <span class={`status ${status}`}>{status}</span>
                </td>
                <td>{smtp_code}</td>
                <td>{bounce_reason ?? error}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Timeline({ events }: { events: ShownEvent[] }) {
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">What happened</h2>
      <ol class="timeline">
        {events.map(({ event_type, event_ts, description, metadata }) => (
          <li>
            <Time seconds={event_ts} /> <span class={`status ${event_type}`}>{event_type}</span> {description}
            {metadata !== undefined && <code>{JSON.stringify(metadata)}</code>}
          </li>
        ))}
      </ol>
    </section>
  );
}
