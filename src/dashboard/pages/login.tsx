// The page that asks for a token, or for user and password where the settings name them.
import type { Assets } from '../serve-assets.js';
import { Layout } from './layout.js';

interface LoginProps {
  assets: Assets;
  /** Whether the settings have a user. */
  withPassword: boolean;
  /** Where to go afterwards. */
  next: string;
  error?: string | undefined;
}

export function loginPage({ assets, withPassword, next, error }: LoginProps) {
  return (
    <Layout assets={assets} title="Log in">
      {error && (
        <p class="alert" role="alert">
          {error}
        </p>
      )}
      <form class="card" method="post" action="/login">
        <input type="hidden" name="next" value={next} />
        <label for="token">Token of the admin or of a tenant</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
        <button type="submit">Log in</button>
        <p class="hint">
          The first start of the service writes the admin token to a file and names it in its log.
        </p>
      </form>
      {withPassword && (
        <form class="card" method="post" action="/login">
          <input type="hidden" name="next" value={next} />
          <label for="user">User</label>
          <input id="user" name="user" autocomplete="username" required />
          <label for="password">Password</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required />
          <button type="submit">Log in with a password</button>
        </form>
      )}
    </Layout>
  );
}
