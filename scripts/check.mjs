// Runs all checks that need no service: style, types, house rules, and that generated files are as committed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureNode, ensureProgram } from './ensure.mjs';
import { excerpt, main, packageFile, root, run } from './run.mjs';

/** What the program writes about itself, and what writes it. */
const GENERATED = {
  'docs/openapi.json': 'dist/api/openapi/write-openapi.js',
  'docs/configuration.md': 'dist/settings/page/write-configuration.js',
};

const node = (...args) => run(process.execPath, args);

const checks = {
  'style (Biome)': () => run(packageFile('.bin/biome'), ['ci', '--colors=off', '--error-on-warnings', '.']),
  'types (TypeScript)': () => run(packageFile('.bin/tsc'), ['--noEmit']),
  'import rules': () =>
    node(
      packageFile('vitest/vitest.mjs'),
      'run',
      '--project',
      'plain',
      'test/imports.test.ts',
      'test/house-rules.test.ts',
    ),
  ...Object.fromEntries(
    Object.entries(GENERATED).map(([file, writer]) => [
      `${file} as the program says`,
      () => isCurrent(file, writer),
    ]),
  ),
};

/** Writes the document again. The check fails when the file was different, or differs from the committed one. */
async function isCurrent(file, writer) {
  const before = textOf(file);
  const written = await node(writer, file);
  if (written.code !== 0) return written;
  const diff = await run('git', ['diff', '--exit-code', '--', file]);
  if (diff.code === 1) return diff;
  if (textOf(file) === before) return { code: 0 };
  return { code: 1, output: `${file} was not what the program says and is written anew: commit it` };
}

function textOf(file) {
  return existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
}

await main(async () => {
  ensureNode();
  await ensureProgram();
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    const { code, output = '', note } = await check();
    if (code !== 0) failed++;
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}${note ? ` (${note})` : ''}`);
    if (code !== 0) console.log(excerpt(output, 30, 60));
  }
  const all = Object.keys(checks).length;
  console.log(`${all - failed} checks passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
