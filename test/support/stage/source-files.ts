// Reads the files of src/ as far as rules about them need it: their code without comments, and what they import.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourceFile {
  /** Relative to src/, with slashes: `store/db.ts`. */
  path: string;
  /** The folder below src/; `ground` for the files that lie in src/ itself. */
  folder: string;
  text: string;
  /** The text without comments; strings stay. */
  code: string;
  imports: Import[];
}

export interface Import {
  /** As written. */
  from: string;
  /** The file of src/ it means, as a `SourceFile.path`; undefined for a package. */
  file: string | undefined;
  /** The package it means; undefined for a file. Built-in modules are packages named `node:…`. */
  package: string | undefined;
  /** The exported names that are taken, types included; `default` and `*` for the whole. */
  names: string[];
  typeOnly: boolean;
}

const root = fileURLToPath(new URL('../../../src', import.meta.url));

/** Every file of src/ but what Prisma generates. */
export function readSourceFiles(): SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('generated'))
    .sort()
    .map((path) => toSourceFile(path, readFileSync(join(root, path), 'utf8')));
}

export function toSourceFile(path: string, text: string): SourceFile {
  const code = withoutComments(text);
  const folder = path.includes('/') ? (path.split('/')[0] ?? '') : 'ground';
  return { path, folder, text, code, imports: importsIn(code, path) };
}

/** Strings are stepped over, so that the slashes of a URL in one do not begin a comment. */
function withoutComments(text: string): string {
  const stringOrComment =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\//g;
  return text.replace(stringOrComment, (found) => (found.startsWith('/') ? '' : found));
}

function importsIn(code: string, path: string): Import[] {
  const fixed = /^(?:import|export)\s(?:(type)\s)?([^'";]*?)\s?from\s*'([^']+)'/gm;
  const bare = /^import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [
    ...[...code.matchAll(fixed)].map(([, type, clause = '', from = '']) => {
      const names = namesIn(clause);
      const typeOnly = type !== undefined || (names.length > 0 && names.every((name) => name.type));
      return { ...target(from, path), names: names.map(({ name }) => name), typeOnly };
    }),
    ...[...code.matchAll(bare)].map(([, whole, called]) => {
      return { ...target(whole ?? called ?? '', path), names: ['*'], typeOnly: false };
    }),
  ];
}

function namesIn(clause: string): { name: string; type: boolean }[] {
  const braced = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  const outside = clause
    .replace(/\{[^}]*\}/, '')
    .replace(/,/g, '')
    .trim();
  const named = braced
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => ({
      name: part.replace(/^type\s+/, '').replace(/\s+as\s.*$/, ''),
      type: part.startsWith('type '),
    }));
  if (outside === '') return named;
  return [{ name: outside.startsWith('*') ? '*' : 'default', type: false }, ...named];
}

function target(from: string, path: string): Pick<Import, 'from' | 'file' | 'package'> {
  if (from.startsWith('.')) {
    const bare = relative(root, join(root, dirname(path), from)).replace(/\.[jt]s$/, '');
    return {
      from,
      file: existsSync(join(root, `${bare}.tsx`)) ? `${bare}.tsx` : `${bare}.ts`,
      package: undefined,
    };
  }
  if (from.startsWith('node:')) return { from, file: undefined, package: from };
  const parts = from.split('/');
  return { from, file: undefined, package: parts.slice(0, from.startsWith('@') ? 2 : 1).join('/') };
}
