// The mail of a message as a person sees it, without anything in it coming to life.
import { pathOfHtml, type ShownMessage } from './message-parts.js';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The HTML of a mail may have styles of its own. No script runs, no form is sent, and nothing is loaded from elsewhere. */
export const htmlPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; " +
  "frame-ancestors 'self'; sandbox";

export function htmlOf({ message = {} }: ShownMessage): string | undefined {
  const { html, body, content_type } = message;
  const isHtml = content_type === 'html' || content_type === 'text/html';
  return isText(html) ? html : isHtml && isText(body) ? body : undefined;
}

/** HTML stands in a sandboxed frame with a policy of its own. */
export function Mail({ message: shown }: { message: ShownMessage }) {
  const { message = {}, attachments = [] } = shown;
  const { subject, text, body, headers } = message;
  const shownHtml = htmlOf(shown);
  const shownText = isText(text) ? text : shownHtml !== body && isText(body) ? body : undefined;
  return (
    <section aria-labelledby="mail">
      <h2 id="mail">The mail</h2>
      <dl class="headers">
        {['from', 'to', 'cc', 'bcc', 'reply_to'].map((name) => (
          <Header name={name} value={message[name]} />
        ))}
        <Header name="subject" value={subject} />
        {Object.entries(Object(headers)).map(([name, value]) => (
          <Header name={name} value={value} />
        ))}
      </dl>
      {shownHtml !== undefined && (
        <>
          <iframe sandbox="" title="The HTML of the mail" src={pathOfHtml(shown.tenant_id, shown.id)} />
          <details>
            <summary>Source of the HTML</summary>
            <pre>{shownHtml}</pre>
          </details>
        </>
      )}
      {shownText !== undefined && <pre>{shownText}</pre>}
      {attachments.length > 0 && (
        <ul>
          {attachments.map(({ filename, size, mime_type, source }) => (
            <li>
              {filename} (
              {[mime_type, size === undefined ? undefined : `${size} bytes`, source]
                .filter(Boolean)
                .join(', ')}
              )
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>As it was handed in</summary>
        <pre>{JSON.stringify(message, undefined, 2)}</pre>
      </details>
    </section>
  );
}

function Header({ name, value }: { name: string; value: unknown }) {
  if (value === undefined || value === null) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{isText(value) ? value : JSON.stringify(value)}</dd>
    </div>
  );
}
