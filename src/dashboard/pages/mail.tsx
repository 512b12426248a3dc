// The mail of a message as a person sees it, without anything in it coming to life.
import type { ShownMessage } from './message-parts.js';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/**
 * HTML stands in a sandboxed frame: no script runs, no form is sent, and the policy of the page, which the frame inherits,
 * lets no image and no style come from elsewhere.
 */
export function Mail({ message: { message = {}, attachments = [] } }: { message: ShownMessage }) {
  const { subject, text, html, body, content_type, headers } = message;
  const isHtml = content_type === 'html' || content_type === 'text/html';
  const shownHtml = isText(html) ? html : isHtml && isText(body) ? body : undefined;
  const shownText = isText(text) ? text : !isHtml && isText(body) ? body : undefined;
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
          <iframe sandbox="" title="The HTML of the mail" srcdoc={shownHtml} />
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
