// Something that a page can do: it says what will happen, and asks, before it is done. Works without script.
import type { Child } from 'hono/jsx';

interface ActionProps {
  /** A command of the API. */
  command: string;
  fields?: Record<string, string>;
  title: string;
  button: string;
  /** What will happen. */
  children: Child;
}

export function Action({ command, fields = {}, title, button, children }: ActionProps) {
  return (
    <details class="action">
      <summary>{title}</summary>
      <form method="post" action={`/dashboard/commands/${command}`}>
        <p>{children}</p>
        {Object.entries(fields).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <button type="submit">{button}</button>
      </form>
    </details>
  );
}
