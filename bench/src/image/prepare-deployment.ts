import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

import { stringify } from 'yaml';

import type { ComposePlace } from './compose.ts';

/** The project's name in deploy/compose.yaml. */
const PROJECT = 'csp';

/**
 * Makes a copy of `deploy/` with the files that the deployment guide tells to write beside it. What this bench changes of the compose
 * file: the proxy listens at `port` of this machine alone, and the build uses the machine's network.
 */
export async function prepareDeployment({
  root,
  dir,
  port,
}: {
  root: string;
  dir: string;
  port: number;
}): Promise<ComposePlace> {
  await cp(join(root, 'deploy'), dir, { recursive: true });
  const password = randomBytes(24).toString('hex');
  const secrets = {
    'database-password': password,
    'database-url': `postgres://csp:${password}@database:5432/csp\n`,
    // Without a key the demo model answers.
    'anthropic-api-key': '',
  };
  await mkdir(join(dir, 'secrets'), { mode: 0o700 });
  for (const [name, value] of Object.entries(secrets))
    await writeFile(join(dir, 'secrets', name), value, { mode: 0o644 });
  await writeFile(join(dir, 'settings.env'), '');
  await writeFile(join(dir, '.env'), 'CSP_HOST=localhost\n');
  const changes = stringify({
    services: {
      proxy: { ports: [`127.0.0.1:${port}:443`] },
      server: { build: { context: root, network: 'host' } },
    },
  });
  await writeFile(join(dir, 'bench.yaml'), changes.replace('ports:', 'ports: !override'));
  return { dir, files: [join(dir, 'compose.yaml'), join(dir, 'bench.yaml')], project: PROJECT };
}
