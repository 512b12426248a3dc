// Links to what can be done with an account, a batch or a tenant. Each leads to a page that asks first.
import { type ActionName, actions, type Target } from './actions.js';

export function ActionLinks({ target, actions: names }: { target: Target; actions: ActionName[] }) {
  return (
    <ul class="links">
      {names.map((name) => (
        <li>
          <a href={`/dashboard/do/${name}?${new URLSearchParams({ ...target })}`}>{actions[name].title}</a>
        </li>
      ))}
    </ul>
  );
}

/** Says what was done, on the page that the action leads back to. @param done an action, from the address */
export function Done({ done = '' }: { done: string | undefined }) {
  const known = Object.entries(actions).find(([name]) => name === done);
  return known === undefined ? null : <p role="status">{known[1].done}</p>;
}
