// Run by vitest before each test file: whatever its stages start is ended with it.
import { removeAfterFile } from '../stage/clean-up.js';

removeAfterFile();
