// The form of a new SMTP account, filled in with the values of a provider, and the account that it makes.
import type { MailProvider } from '../../domain/mail-providers.js';
import { TenantField } from '../pages/tenant-choice.js';
import { Field, setupPaths } from './steps.js';

/** As typed. */
export interface AccountFields {
  id: string;
  host: string;
  port: string;
  tls: string;
  user: string;
  password: string;
  limit_per_minute: string;
  limit_per_hour: string;
  limit_per_day: string;
}

const tlsChoices = [
  ['required', 'required'],
  ['offered', 'where the server offers it'],
  ['none', 'none'],
] as const;

interface AccountFormProps {
  choice: { tenantId: string | undefined; tenants: string[] | undefined };
  provider: MailProvider | undefined;
  /** What was typed before it was refused. */
  typed: AccountFields | undefined;
  /** Offers to keep the account although its login does not work. */
  hasLoginFailed: boolean;
}

export function AccountForm({ choice, provider, typed, hasLoginFailed }: AccountFormProps) {
  const value = typed ?? presetOf(provider);
  return (
    <form method="post" action={setupPaths.account} class="card">
      {provider?.warning !== undefined && <p class="notice">{provider.warning}.</p>}
      <input type="hidden" name="provider" value={provider?.id ?? 'other'} />
      {choice.tenantId !== undefined && <input type="hidden" name="tenant_id" value={choice.tenantId} />}
      {choice.tenantId === undefined && <TenantField {...choice} />}
      <Field name="id" label="Name of the account" value={value.id} required />
      <Field name="host" label="Mail server" value={value.host} required />
      <Field name="port" label="Port" value={value.port} type="number" required />
      <div class="field">
        <label for="tls">TLS</label>
        <select id="tls" name="tls">
          {tlsChoices.map(([choice, name]) => (
            <option value={choice} selected={choice === value.tls}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <Field
        name="user"
        label="User"
        value={value.user}
        hint={
          provider === undefined
            ? 'Empty: the server asks for none.'
            : `With ${provider.label}: ${provider.userHint}.`
        }
      />
      <Field name="password" label="Password" type="password" hint="It is encrypted and never shown." />
      <fieldset>
        <legend>Mails at most</legend>
        {(['minute', 'hour', 'day'] as const).map((span) => (
          <Field
            name={`limit_per_${span}`}
            label={span === 'hour' ? 'An hour' : `A ${span}`}
            value={value[`limit_per_${span}`]}
            type="number"
          />
        ))}
      </fieldset>
      {hasLoginFailed && (
        <label>
          <input type="checkbox" name="keep" value="1" /> Add it without trying the login
        </label>
      )}
      <button type="submit">Try the login and add it</button>
      <p class="hint">The server may take up to 25 seconds to answer. No mail is sent.</p>
    </form>
  );
}

function presetOf(provider: MailProvider | undefined): Omit<AccountFields, 'password'> {
  const numberOf = (value: number | undefined) => (value === undefined ? '' : String(value));
  return {
    id: 'main',
    host: provider?.host ?? '',
    port: String(provider?.port ?? 587),
    tls: provider === undefined || provider.useTls ? 'required' : 'none',
    user: '',
    limit_per_minute: numberOf(provider?.perMinute),
    limit_per_hour: numberOf(provider?.perHour),
    limit_per_day: numberOf(provider?.perDay),
  };
}

/** @param text the value of a field, empty where it was left out */
export function readAccountFields(text: (name: string) => string): AccountFields {
  return {
    id: text('id'),
    host: text('host'),
    port: text('port'),
    tls: text('tls'),
    user: text('user'),
    password: text('password'),
    limit_per_minute: text('limit_per_minute'),
    limit_per_hour: text('limit_per_hour'),
    limit_per_day: text('limit_per_day'),
  };
}

/** As the API takes it, without its tenant. A number that is none is left to the API to refuse. */
export function accountOf(fields: AccountFields, provider: MailProvider | undefined): object {
  const { id, host, port, tls, user, password } = fields;
  const limits = (['limit_per_minute', 'limit_per_hour', 'limit_per_day'] as const).flatMap((name) =>
    fields[name] === '' ? [] : [[name, Number(fields[name])] as const],
  );
  return {
    id,
    host,
    port: Number(port),
    ...(tls !== 'offered' && { use_tls: tls !== 'none' }),
    ...(user !== '' && { user }),
    ...(password !== '' && { password }),
    ...Object.fromEntries(limits),
    ...(provider?.maxConnections !== undefined && { max_connections: provider.maxConnections }),
  };
}
