/** Writes the pages of docs/reference that are made from the code: `npm run reference`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listConfigVariables } from '../apps/server/src/config/schema.ts';
import { renderConfiguration } from './reference/render-configuration.ts';

const target = join(import.meta.dirname, '..', 'docs', 'reference', 'configuration.md');
await writeFile(target, renderConfiguration(listConfigVariables()));
