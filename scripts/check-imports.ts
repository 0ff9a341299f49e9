/** Fails if a module's imports violate the layout in ARCHITECTURE.md: `npx node scripts/check-imports.ts [root]`. */
import { join } from 'node:path';
import { checkTree } from './imports/check-tree.ts';

const root = process.argv[2] ?? join(import.meta.dirname, '..');
const { files, violations } = await checkTree(root);
for (const { file, line, message } of violations) console.error(`${file}:${line} ${message}`);
console.log(`${files} modules, ${violations.length} imports against the layout`);
process.exitCode = violations.length > 0 ? 1 : 0;
