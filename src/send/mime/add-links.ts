// Puts the links to large files at the end of the bodies of a mail.
import { entryOf, wordingOf } from '../../domain/large-file/link-text.js';
import type { LoadedAttachment } from '../attachments/loaded-attachment.js';

interface Bodies {
  text: string | undefined;
  html: string | undefined;
}

/** @param headers of the mail; its Content-Language says the language of the words */
export function addLinks(
  { text, html }: Bodies,
  attachments: LoadedAttachment[],
  headers: Record<string, string> = {},
): Bodies {
  const files = attachments.flatMap(({ filename, size, link }) =>
    link === undefined ? [] : [{ filename, size, ...link }],
  );
  const [first] = files;
  if (first === undefined) return { text, html };
  const wording = wordingOf([languageIn(headers), first.language], first.texts);
  const inText = files.map((file) => `${entryOf(wording, file)}\n${file.url}\n`);
  const inHtml = files.map((file) => {
    const name = `<a href="${escapeHtml(file.url)}">${escapeHtml(file.filename)}</a>`;
    return `<li>${entryOf(wording, file, escapeHtml, name)}</li>`;
  });
  const list = `<div><p>${escapeHtml(wording.heading)}</p><ul>${inHtml.join('')}</ul></div>`;
  // An empty body is none: the links alone are the text then.
  const isHtmlOnly = !text && html;
  return {
    text: isHtmlOnly ? text : `${text ? `${text}\n\n` : ''}${wording.heading}\n\n${inText.join('\n')}`,
    html: html ? insertAtEnd(html, list) : html,
  };
}

function languageIn(headers: Record<string, string>): string | undefined {
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-language');
  return found?.[1].split(',')[0];
}

function insertAtEnd(html: string, part: string): string {
  const at = [...html.matchAll(/<\/body\s*>/gi)].at(-1)?.index ?? html.length;
  return `${html.slice(0, at)}${part}${html.slice(at)}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
