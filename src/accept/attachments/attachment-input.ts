// The schema of an attachment as it is handed in (contract section 7). Each fault names its field.
import { z } from 'zod';
import { fetchModes } from '../../domain/attachment/attachment.js';
import { isMimeType } from '../../domain/attachment/mime-type.js';
import type { ClientAuth } from '../../store/tenants/tenants.js';
import { coerce } from '../coerce.js';

const absent = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const md5 = z
  .string('is not a string')
  .trim()
  .toLowerCase()
  .regex(/^[0-9a-f]{32}$/, 'is not an MD5 of 32 hexadecimal digits');

/** As in the Content-ID header (RFC 2045 section 7), with or without angle brackets. */
const contentId = z
  .string('is not a string')
  .trim()
  .transform((text) => text.replace(/^<|>$/g, ''))
  .pipe(z.string().regex(/^[!-;=?-~]{1,255}$/, 'is not a content id of 1 to 255 visible ASCII characters'));

const visible = /^[ -~]*$/;

const secret = z.string('is not a string').max(4096, 'is longer than 4096 characters');

/** Without a method, the fields tell it. */
const auth = z
  .object(
    {
      method: absent(z.enum(['none', 'bearer', 'basic'], 'is none of none, bearer and basic')).describe(
        '`none`, `bearer` (with `token`) or `basic` (with `user` and `password`); absent: as the fields tell.',
      ),
      token: absent(secret.regex(visible, 'has characters beyond visible ASCII')).describe('For `bearer`.'),
      user: absent(z.string('is not a string').max(255, 'is longer than 255 characters')).describe(
        'For `basic`.',
      ),
      password: absent(secret).describe('For `basic`.'),
    },
    'is not an object',
  )
  .transform(({ method, token, user, password }, issue): ClientAuth => {
    const told = method ?? (token ? 'bearer' : user === undefined ? 'none' : 'basic');
    if (told === 'bearer' && !token) issue.addIssue('has the method bearer and no token');
    if (told === 'basic' && user === undefined) issue.addIssue('has the method basic and no user');
    if (told === 'bearer') return { method: told, token };
    return told === 'basic' ? { method: told, user, password } : { method: 'none' };
  });

export const attachmentFields = z.object(
  {
    filename: z
      .string('is not a string')
      .min(1, 'is empty')
      .max(255, 'is longer than 255 characters')
      .describe(
        'The name that recipients see. Path parts and control characters are cut off, and a `{MD5:..}` marker.',
      ),
    storage_path: z
      .string('is not a string')
      .min(1, 'is empty')
      .describe(
        '`base64:` and the content; an `http(s)://` URL; the path of a file; or what the endpoint calls it.',
      ),
    fetch_mode: absent(z.enum(fetchModes, `is none of ${fetchModes.join(', ')}`)).describe(
      '`base64`, `http_url`, `endpoint` or `filesystem`; absent: as `storage_path` begins.',
    ),
    mime_type: absent(z.string('is not a string').trim().refine(isMimeType, 'is not a MIME type')).describe(
      'Absent: found by the name, else by the first bytes of the content.',
    ),
    content_md5: absent(md5).describe('MD5 of the content, hexadecimal. Other content is refused.'),
    auth: absent(auth).describe('What the content is fetched with.'),
    content_id: absent(contentId).describe(
      'What the HTML calls it after `cid:`; the attachment then belongs to the HTML.',
    ),
    inline: absent(z.boolean('is neither true nor false')).describe(
      'Whether it is shown in the mail; absent: where it has a `content_id`.',
    ),
  },
  'is not an object',
);

export type AttachmentInput = z.output<typeof attachmentFields>;

export const attachmentInput = z.preprocess((given) => coerce(attachmentFields, given), attachmentFields);
