// The parts of the pages that set up a tenant: which step this is, fields of a form, and why the API refused what was typed.
import type { Child } from 'hono/jsx';

/** Where the steps are. The first one is for admins alone. */
export const setupPaths = {
  tenant: '/dashboard/setup/tenant',
  account: '/dashboard/setup/account',
  mail: '/dashboard/setup/mail',
};

const steps = ['tenant', 'account', 'mail'] as const;
const names = { tenant: 'Tenant', account: 'Account', mail: 'Test mail' };

type Step = (typeof steps)[number];

export function Steps({ now }: { now: Step }) {
  return (
    <ol class="steps" aria-label="Steps">
      {steps.map((step) => (
        <li aria-current={step === now ? 'step' : undefined}>{names[step]}</li>
      ))}
    </ol>
  );
}

interface FieldProps {
  name: string;
  label: string;
  value?: string | undefined;
  hint?: string | undefined;
  type?: string;
  required?: boolean;
}

export function Field({ name, label, value, hint, type = 'text', required = false }: FieldProps) {
  const hintId = hint === undefined ? undefined : `${name}-hint`;
  return (
    <div class="field">
      <label for={name}>{required ? label : `${label} (optional)`}</label>
      <input
        id={name}
        name={name}
        type={type}
        value={value ?? ''}
        required={required}
        aria-describedby={hintId}
        // Otherwise a browser would fill in the token of the login.
        autocomplete={type === 'password' ? 'new-password' : 'off'}
      />
      {hint !== undefined && (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** @param detail as the API answers it, or a sentence */
export function Refused({ detail, children }: { detail: unknown; children?: Child }) {
  if (detail === undefined) return null;
  return (
    <p class="alert" role="alert">
      {inWords(detail)} {children}
    </p>
  );
}

function inWords(detail: unknown): string {
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail)) return detail.map(misfitInWords).join('; ');
  const { error, rejected } = Object(detail) as { error?: unknown; rejected?: { reason?: unknown }[] };
  const reasons = (rejected ?? []).map(({ reason }) => String(reason));
  return error === undefined ? JSON.stringify(detail) : [String(error), ...reasons].join(': ');
}

/** A field of the body, and what is wrong with it. */
function misfitInWords(one: unknown): string {
  const { loc, msg } = Object(one) as { loc?: unknown[]; msg?: unknown };
  return `${(loc ?? []).slice(1).join('.')} ${String(msg)}`;
}
