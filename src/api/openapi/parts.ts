// Parts of the OpenAPI document that routes share: refusals, headers and tokens.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnv } from '../middleware/authenticate.js';

const sentence = z
  .object({ detail: z.string().describe('One sentence for a person.') })
  .openapi('Error', { description: 'Why a call was refused.' });

/** The shape of FastAPI's validation errors, which clients of genro-mail-proxy read. */
const misfit = z
  .object({
    detail: z
      .array(
        z.object({
          loc: z
            .array(z.union([z.string(), z.number()]))
            .describe('Where: `body` or `query`, then the way down to the field.'),
          msg: z.string().describe('What is wrong there, for a person.'),
          type: z.string().describe('What is wrong there, for a program: `missing`, `string_too_long`, ...'),
        }),
      )
      .describe('One entry for every field that is at fault.'),
  })
  .openapi('Misfit', { description: 'What in a body or query does not fit.' });

/** Has no text of the fault, because that could carry a query or a secret. The request id leads to the log line. */
const internalError = z
  .object({
    detail: z.literal('Internal error').describe('Nothing more is told.'),
    request_id: z.string().describe('Names the call in the log of the service.'),
  })
  .openapi('InternalError', { description: 'A fault of the service.' });

interface FaultPart {
  name: string;
  description: string;
  schema: 'Error' | 'Misfit' | 'InternalError';
  example: unknown;
  // Whether the answer carries `Retry-After`.
  retryAfter?: boolean;
}

const fault = (name: string, description: string, detail: string): FaultPart => ({
  name,
  description,
  schema: 'Error',
  example: { detail },
});

/**
 * The meaning of each status on every route (contract section 2). A route describes a refusal itself only where it needs
 * another text.
 */
const faults = {
  400: fault(
    'BadRequest',
    'The call makes no sense as a whole, or ended before its body did.',
    'tenant_id is required',
  ),
  401: fault(
    'Unauthenticated',
    'No token, an unknown or an expired one, or one of another tenant than the call names.',
    'The call has no token; send it in the header X-API-Token, or in Authorization: Bearer',
  ),
  403: fault(
    'Forbidden',
    'Not with the token of a tenant.',
    'Admin token required, tenant tokens not allowed for this operation',
  ),
  404: fault('NotFound', 'There is no such thing.', 'There is no such path; /docs shows all of them'),
  405: fault('MethodNotAllowed', 'The path takes other methods; `Allow` names them.', 'Method Not Allowed'),
  408: fault('RequestTimeout', 'The call did not arrive in time.', 'Request Timeout'),
  409: fault('Conflict', 'It contradicts what is there.', 'There is something else already'),
  410: fault('Gone', 'It was there, and is not any more.', 'This file is no longer available.'),
  413: fault('TooLarge', 'The body is larger than `GMP_MAX_BODY_MB`.', 'The body is larger than 50 MB'),
  422: {
    name: 'Unfit',
    description: 'The body or the query does not fit; all fields that are at fault are named at once.',
    schema: 'Misfit',
    example: { detail: [{ loc: ['body', 'port'], msg: 'Invalid input', type: 'missing' }] },
  },
  429: {
    ...fault(
      'TooManyFailures',
      'Too many calls with a wrong token came from this address.',
      'Too many calls with a wrong token came from this address; try again later',
    ),
    retryAfter: true,
  },
  500: {
    name: 'InternalError',
    description: 'A fault of the service; nothing about it is told but where to find it in the log.',
    schema: 'InternalError',
    example: { detail: 'Internal error', request_id: '0b1c9a52-3f57-4c55-9d6b-6a4f9d6f7a10' },
  },
  503: {
    ...fault(
      'Unavailable',
      'The database or Redis does not answer, or the service is starting or has too much to do. Nobody knows whether the change was made: try again.',
      'The database does not answer; try again',
    ),
    retryAfter: true,
  },
} satisfies Record<number, FaultPart>;

export type FaultStatus = keyof typeof faults;

const headers = {
  RequestId: {
    description: 'Names the call in the log of the service: as the caller sent it, else a new one.',
    schema: { type: 'string' as const },
    example: '0b1c9a52-3f57-4c55-9d6b-6a4f9d6f7a10',
  },
  IdempotencyReplayed: {
    description: 'The call was done before, and this is its answer; absent: it was done now.',
    schema: { type: 'string' as const, enum: ['true'] },
    example: 'true',
  },
  RetryAfter: {
    description: 'Seconds after which the call is worth another try.',
    schema: { type: 'integer' as const, minimum: 1 },
    example: 5,
  },
};

const parameters = {
  RequestId: {
    name: 'X-Request-Id',
    in: 'header' as const,
    required: false,
    description:
      'Names the call in the log of the service and in the answer: up to 255 letters, digits, `_`, `-` and `=`; anything else is replaced.',
    schema: { type: 'string' as const },
    example: 'checkout-7f3a',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header' as const,
    required: false,
    description:
      'Names the call so that it can be repeated safely: within 24 hours the same key with the same body gets the first answer again, with another body 409.',
    schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
    example: 'order-1-confirmation',
  },
};

/** Two headers for the same tokens (contract section 1). The second serves clients that can send only a bearer token. */
const securitySchemes = {
  token: {
    type: 'apiKey' as const,
    in: 'header' as const,
    name: 'X-API-Token',
    description: 'The admin token, or one of a tenant, which reaches what is that tenant’s.',
  },
  bearer: {
    type: 'http' as const,
    scheme: 'bearer',
    description: 'The same tokens, as `Authorization: Bearer`.',
  },
};

/** A reference into the components of the document. */
const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

export function faultRef(status: FaultStatus) {
  return ref('responses', faults[status].name);
}

export function headerRef(name: keyof typeof headers) {
  return ref('headers', name);
}

export function parameterRef(name: keyof typeof parameters) {
  return ref('parameters', name);
}

/** Call this once a document, because the registry does not notice duplicates. */
export function registerParts({ openAPIRegistry: registry }: OpenAPIHono<ApiEnv>): void {
  for (const [name, schema] of Object.entries({
    Error: sentence,
    Misfit: misfit,
    InternalError: internalError,
  }))
    registry.register(name, schema);
  for (const { name, description, schema, example, retryAfter } of Object.values<FaultPart>(faults)) {
    registry.registerComponent('responses', name, {
      description,
      headers: {
        'X-Request-Id': headerRef('RequestId'),
        ...(retryAfter && { 'Retry-After': headerRef('RetryAfter') }),
      },
      content: { 'application/json': { schema: ref('schemas', schema), example } },
    });
  }
  for (const [name, header] of Object.entries(headers)) registry.registerComponent('headers', name, header);
  for (const [name, parameter] of Object.entries(parameters))
    registry.registerComponent('parameters', name, parameter);
  for (const [name, scheme] of Object.entries(securitySchemes))
    registry.registerComponent('securitySchemes', name, scheme);
}
