// The frame of every page: head, the way to other pages, and the content.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { Caller } from '../../api/middleware/authenticate.js';
import { queuesPath } from '../queues/queues-path.js';
import type { Assets } from '../serve-assets.js';

interface LayoutProps {
  assets: Assets;
  title: string;
  /** Who is logged in; undefined on the login page. */
  caller?: Caller;
  children?: Child;
}

/** The pages, where they are, and whether they are for admins alone. */
const places = [
  { path: '/', name: 'Overview', forAdmins: false },
  { path: '/dashboard/messages', name: 'Messages', forAdmins: false },
  { path: '/dashboard/accounts', name: 'Accounts', forAdmins: false },
  { path: '/dashboard/tenants', name: 'Tenants', forAdmins: false },
  { path: queuesPath, name: 'Queues', forAdmins: true },
];

export function Layout({ assets, title, caller, children }: LayoutProps) {
  return (
    <>
      {raw('<!doctype html>')}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{title} · mail-proxy</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href={assets.address('pages.css')} />
          <script type="module" src={assets.address('times.js')} />
        </head>
        <body>
          <a class="skip" href="#content">
            Skip to the content
          </a>
          {caller && <Top caller={caller} title={title} />}
          <main id="content">
            <h1>{title}</h1>
            {children}
          </main>
        </body>
      </html>
    </>
  );
}

function Top({ caller, title }: { caller: Caller; title: string }) {
  return (
    <header class="top">
      <strong>mail-proxy</strong>
      <nav aria-label="Pages">
        {places
          .filter(({ forAdmins }) => caller.kind === 'admin' || !forAdmins)
          .map(({ path, name }) => (
            <a href={path} aria-current={name === title ? 'page' : undefined}>
              {name}
            </a>
          ))}
      </nav>
      <form method="post" action="/logout">
        <span>{caller.kind === 'tenant' ? `Tenant ${caller.tenantId}` : 'Admin'}</span>
        <button type="submit">Log out</button>
      </form>
    </header>
  );
}
