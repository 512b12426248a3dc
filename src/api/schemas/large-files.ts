// `large_file_config` of a tenant as it is handed in and shown (contract section 6).
import { z } from '@hono/zod-openapi';
import { lineOfText } from '../../accept/identifier.js';
import { linkTypes } from '../../domain/large-file/config.js';
import { readStorageUrl } from '../../domain/large-file/storage-url.js';
import { adminOnly } from '../openapi/admin-fields.js';

const storageUrl = lineOfText(2000).superRefine((text, issue) => {
  const place = readStorageUrl(text);
  if (typeof place === 'string') issue.addIssue({ code: 'custom', message: place });
});

const baseUrl = lineOfText(2000).refine((text) => {
  if (!/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return username === '' && password === '' && search === '' && hash === '';
}, 'is not an http(s) URL without user, password, query and spaces');

const languageTag = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$/, 'is not the tag of a language like en or pt-BR');

const linkText = z.object({
  heading: lineOfText(500).optional().describe('Stands above the files.'),
  entry: lineOfText(500)
    .refine((text) => text.includes('{name}'), 'does not contain {name}')
    .optional()
    .describe('Stands for each file; `{name}`, `{size}` and `{expires}` are replaced.'),
});

const texts = z.record(languageTag, linkText);

const words = {
  enabled: 'Whether large attachments are treated specially.',
  max_size_mb: 'What counts as large, in MiB; 10 unless set.',
  storage_url:
    'Where large attachments are put: `file:///folder`, `s3://bucket`, `gs://bucket` or `az://container`.',
  storage_auth: 'How the service logs in there; absent: as its environment says.',
  user: 'The id of the access key (s3), or the name of the account (az).',
  password: 'The secret key (s3), the account key (az), or the JSON key of a service account (gs).',
  link_type:
    'Where links lead: to the page of the service (`page`), to the storage by a signed URL (`presigned`), or to ' +
    '`public_base_url` and the name in the storage (`public`). Absent: `page` where its address is known, else `presigned`.',
  public_base_url: 'What the links begin with; absent: `GMP_PUBLIC_URL`.',
  file_ttl_days:
    'Days for which they are there; 30 unless set. 7 at most where the links are signed by s3 or gs, and more is refused ' +
    'where `link_type` says `presigned`.',
  lifespan_after_download_days:
    'Days for which they are there after a person has downloaded them; absent: no shorter. Refused with the `link_type` ' +
    '`presigned` and `public`, with which the service learns of no download.',
  action: 'Send and log (also where absent), fail the message, or send a link in place of the attachment.',
  language: 'The language of the words around links, where the mail has no Content-Language; absent: en.',
  link_texts: 'Words of your own, by language; built in are en, de, es, fr and it.',
};

const action = z.enum(['warn', 'reject', 'rewrite']);

export const largeFilesInput = z.object({
  enabled: z.boolean().nullish().describe(words.enabled),
  max_size_mb: z.number().positive().max(1_000_000).nullish().describe(words.max_size_mb),
  storage_url: adminOnly(storageUrl.nullish().describe(words.storage_url)),
  storage_auth: adminOnly(
    z
      .object({
        user: lineOfText(255).nullish().describe(words.user),
        password: z
          .string()
          .max(20_000)
          .nullish()
          .describe(`${words.password} Encrypted at rest and never shown; \`***\` leaves it as it is.`),
      })
      .nullish()
      .describe(words.storage_auth),
  ),
  link_type: z.enum(linkTypes).nullish().describe(words.link_type),
  public_base_url: baseUrl.nullish().describe(words.public_base_url),
  file_ttl_days: z.int().min(1).max(36_500).nullish().describe(words.file_ttl_days),
  lifespan_after_download_days: z
    .int()
    .min(0)
    .max(36_500)
    .nullish()
    .describe(words.lifespan_after_download_days),
  action: action.nullish().describe(words.action),
  language: languageTag.nullish().describe(words.language),
  link_texts: texts.nullish().describe(words.link_texts),
});

export const largeFilesShown = z.object({
  enabled: z.boolean().nullish().describe(words.enabled),
  max_size_mb: z.number().nullish().describe(words.max_size_mb),
  storage_url: z.string().nullish().describe(words.storage_url),
  storage_auth: z
    .object({
      user: z.string().optional().describe(words.user),
      password: z.literal('***').optional().describe('Stands for the secret.'),
    })
    .nullish()
    .describe(words.storage_auth),
  link_type: z.enum(linkTypes).nullish().describe(words.link_type),
  public_base_url: z.string().nullish().describe(words.public_base_url),
  file_ttl_days: z.int().nullish().describe(words.file_ttl_days),
  lifespan_after_download_days: z.int().nullish().describe(words.lifespan_after_download_days),
  action: action.nullish().describe(words.action),
  language: z.string().nullish().describe(words.language),
  link_texts: texts.nullish().describe(words.link_texts),
});

const kept = Object.keys(words).filter(
  (name) => !['storage_auth', 'user', 'password', 'link_texts'].includes(name),
);

export const largeFileAudit = {
  keeps: [...kept, 'storage_auth.user'].map((name) => `large_file_config.${name}`),
  blanks: ['large_file_config.storage_auth.password'],
};
