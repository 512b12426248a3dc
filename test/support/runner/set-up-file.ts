// Run by vitest before each test file: whatever its stages start is ended with it.
// Gives zod's schemas what documents them; a schema made before cannot be documented by a later file of the same fork.
import '@hono/zod-openapi';
import { removeAfterFile } from '../stage/clean-up.js';

removeAfterFile();
