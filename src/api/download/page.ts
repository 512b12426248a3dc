// The pages that a link to a large file shows: the file with a button, or that it is not there.
import { createHash } from 'node:crypto';
import { sizeText, timeText } from '../../domain/large-file/link-text.js';

interface Words {
  title: string;
  until: string;
  button: string;
  unknown: string;
  ended: string;
  failed: string;
}

const words: Record<string, Words> = {
  en: {
    title: 'Download a file',
    until: 'Available until {expires}',
    button: 'Download',
    unknown: 'This link is not valid. Please check that it is complete.',
    ended: 'This file is no longer available. Please ask the sender for it.',
    failed: 'The file cannot be read at the moment. Please try again later.',
  },
  de: {
    title: 'Datei herunterladen',
    until: 'Verfügbar bis {expires}',
    button: 'Herunterladen',
    unknown: 'Dieser Link ist ungültig. Bitte prüfen Sie, ob er vollständig ist.',
    ended: 'Diese Datei ist nicht mehr verfügbar. Bitte wenden Sie sich an den Absender.',
    failed: 'Die Datei kann gerade nicht gelesen werden. Bitte versuchen Sie es später noch einmal.',
  },
  es: {
    title: 'Descargar un archivo',
    until: 'Disponible hasta el {expires}',
    button: 'Descargar',
    unknown: 'Este enlace no es válido. Compruebe que esté completo.',
    ended: 'Este archivo ya no está disponible. Pídaselo al remitente.',
    failed: 'El archivo no se puede leer en este momento. Inténtelo de nuevo más tarde.',
  },
  fr: {
    title: 'Télécharger un fichier',
    until: "Disponible jusqu'au {expires}",
    button: 'Télécharger',
    unknown: "Ce lien n'est pas valable. Vérifiez qu'il est complet.",
    ended: "Ce fichier n'est plus disponible. Adressez-vous à l'expéditeur.",
    failed: 'Le fichier ne peut pas être lu pour le moment. Veuillez réessayer plus tard.',
  },
  it: {
    title: 'Scarica un file',
    until: 'Disponibile fino al {expires}',
    button: 'Scarica',
    unknown: 'Questo link non è valido. Controlli che sia completo.',
    ended: 'Questo file non è più disponibile. Si rivolga al mittente.',
    failed: 'Il file non può essere letto in questo momento. Riprovi più tardi.',
  },
};

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}' +
  'h1{font-size:1.25rem;overflow-wrap:anywhere}p{color:#555}' +
  'button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1450a0;color:#fff;cursor:pointer}';

/** Allows the style above and the button, and nothing else. */
export const pagePolicy =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; ` +
  "base-uri 'none'; frame-ancestors 'none'";

interface ShownFile {
  filename: string;
  size: number;
  expiresAt: number;
}

/** The form has no address, so that it goes where the page came from, also behind a proxy with another path. */
export function filePage(
  acceptLanguage: string | undefined,
  { filename, size, expiresAt }: ShownFile,
): string {
  const language = languageOf(acceptLanguage);
  const { title, until, button } = wordsOf(language);
  const facts = `${sizeText(size, language)} · ${until.replace('{expires}', timeText(expiresAt, language))}`;
  return page(
    language,
    title,
    `<h1>${escapeHtml(filename)}</h1><p>${escapeHtml(facts)}</p>` +
      `<form method="post"><button>${escapeHtml(button)}</button></form>`,
  );
}

export function noticePage(acceptLanguage: string | undefined, what: 'unknown' | 'ended' | 'failed'): string {
  const language = languageOf(acceptLanguage);
  const { title, [what]: sentence } = wordsOf(language);
  return page(language, title, `<p>${escapeHtml(sentence)}</p>`);
}

/** For programs. */
export function noticeOf(what: 'unknown' | 'ended' | 'failed'): string {
  return wordsOf('en')[what];
}

function page(language: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<main>${body}</main>
</html>
`;
}

/** The first of the browser's languages that is known. Browsers name the one they prefer first. */
function languageOf(acceptLanguage: string | undefined): string {
  const wanted = (acceptLanguage ?? '').slice(0, 500).split(',');
  const known = wanted.map((one) => one.trim().slice(0, 2).toLowerCase());
  return known.find((language) => Object.hasOwn(words, language)) ?? 'en';
}

function wordsOf(language: string): Words {
  return (words[language] ?? words.en) as Words;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
