/** Writes the pages of docs that are made from the code: `npm run reference`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listConfigVariables } from '../apps/server/src/config/schema.ts';
import { renderAgentOptions } from './reference/render-agent-options.ts';
import { renderCompatibility } from './reference/compatibility.ts';
import { readDocument } from './reference/read-document.ts';
import { readSdk } from './reference/read-sdk.ts';
import { renderConfiguration } from './reference/render-configuration.ts';
import { renderHttp } from './reference/render-http.ts';
import { renderManifestSchema } from './reference/render-manifest-schema.ts';
import { renderRoles } from './reference/render-roles.ts';

const reference = join(import.meta.dirname, '..', 'docs', 'reference');
await writeFile(join(import.meta.dirname, '..', 'docs', 'operate', 'roles.md'), renderRoles());
const { methods, version } = readSdk();
await writeFile(join(reference, 'configuration.md'), renderConfiguration(listConfigVariables()));
await writeFile(join(reference, 'plugin-manifest.schema.json'), renderManifestSchema());
await writeFile(join(reference, 'agent-options.md'), renderAgentOptions());
await writeFile(join(reference, 'http.md'), renderHttp(await readDocument()));
await writeFile(join(reference, 'managed-agents-compatibility.md'), renderCompatibility(methods, version));
