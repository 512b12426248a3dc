// Writes docs/configuration.md to the file named as argument: `npm run check` compares it with the committed one.
import { writeFileSync } from 'node:fs';
import { configurationPage } from './configuration-page.js';

const [, , file = 'docs/configuration.md'] = process.argv;
writeFileSync(file, configurationPage());
