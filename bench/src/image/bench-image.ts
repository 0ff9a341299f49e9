import { access, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';

import { findFreePort } from '@claude-sdk-pattern/testkit';

import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import { readComposeFile, type RunPlace } from './compose-file.ts';
import { createServices } from './compose-services.ts';
import { startDocker, type Docker } from './docker-daemon.ts';
import { runTool } from './run-tool.ts';
import { buildStandIns, importBase, readBaseName } from './stand-in-images.ts';
import { useServices } from './use-services.ts';

const ROOT = join(import.meta.dirname, '../../..');
const DOCKERFILE = join(ROOT, 'deploy/Dockerfile');
const COMPOSE_FILE = join(ROOT, 'deploy/compose.yaml');
const PROJECT = 'csp';
const MEGABYTE = 1_000_000;
const MAX_IMAGE_MB = 750;
const TOOLS = ['docker', 'dockerd', 'debootstrap', 'tar'];
const INTRO =
  'The image of `deploy/Dockerfile`, and the services of `deploy/compose.yaml` started with its options by `docker run`, on a ' +
  'Docker daemon of its own. Debian’s packages stand in for the images of PostgreSQL and Caddy, and debootstrap for the base.';

/** Builds the image, runs the compose file and uses it. Undefined, after a line that says why, where that cannot be done. */
export async function benchImage({ out }: { out: string }): Promise<{ found: Judged; path: string } | undefined> {
  const missing = await findMissing();
  if (missing !== undefined) {
    console.log(`SKIPPED: the image is not tested. ${missing}`);
    return undefined;
  }
  // Short: paths of sockets below it may have about 100 bytes.
  const dir = await mkdtemp(join(tmpdir(), 'csp-image-'));
  await using docker = await startDocker(dir);
  const found = await tryImage(docker, dir);
  return { found, path: await writeJudgedReport(out, { name: 'image', title: 'The image', intro: INTRO, found }) };
}

/** Builds the image on a daemon and tries it; what is not as it should be is among the problems. */
async function tryImage(docker: Docker, dir: string): Promise<Judged> {
  const rows: string[][] = [];
  const problems: string[] = [];
  const note = (what: string, seen: string) => {
    console.log(`${what}: ${seen}`);
    rows.push([what, seen]);
  };

  const file = await readComposeFile(COMPOSE_FILE, { CSP_HOST: 'localhost' });
  const image = file.services['server']?.image ?? '';
  const nameOf = (service: string) => file.services[service]?.image ?? '';
  console.log('Making the base and the stand-ins …');
  await importBase(docker, { dir, name: await readBaseName(DOCKERFILE) });
  await buildStandIns(docker, { database: nameOf('database'), proxy: nameOf('proxy') });
  console.log('Building the image, in some minutes …');
  const startedAt = Date.now();
  await docker.run(['build', '--network', 'host', '--file', DOCKERFILE, '--tag', image, ROOT]);
  note('Build', `${Math.round((Date.now() - startedAt) / 1000)} s`);
  const megabytes = Number(await docker.run(['inspect', '--format', '{{.Size}}', image])) / MEGABYTE;

  const place = await preparePlace(dir);
  const services = createServices(docker, file, place);
  await services.up();
  note('Start', 'database, server and proxy are healthy');
  try {
    const origin = 'https://localhost';
    const url = `https://localhost:${place.ports['443']?.split(':')[1]}`;
    await useServices({ docker, services, url, origin, note, problem: (text) => problems.push(text) });
  } finally {
    if (problems.length > 0)
      console.log(await docker.run(['logs', '--tail', '30', services.containerOf('server')], { withErrors: true }));
  }
  await services.down();
  const left = await docker.run(['ps', '--all', '--quiet']);
  if (left !== '') problems.push(`Containers are left: ${left}`);
  note('Removed', 'containers, networks and volumes');

  return {
    problems,
    series: [],
    facts: [
      { id: 'image.size', label: 'Size of the image', value: megabytes, unit: 'MB', atMost: MAX_IMAGE_MB },
      { id: 'image.problems', label: 'Problems', value: problems.length, unit: '', atMost: 0 },
    ],
    tables: [{ title: 'What was tried', columns: ['what', 'seen'], rows }],
  };
}

async function preparePlace(dir: string): Promise<RunPlace> {
  const secretsDir = join(dir, 'secrets');
  const settingsFile = join(dir, 'settings.env');
  const password = randomBytes(24).toString('hex');
  const secrets = {
    'database-password': password,
    'database-url': `postgres://csp:${password}@database:5432/csp\n`,
    // Without a key the demo model answers.
    'anthropic-api-key': '',
  };
  await mkdir(secretsDir, { mode: 0o700 });
  // As the guide says: nobody but root passes the folder, and each container sees its own files only.
  for (const [name, value] of Object.entries(secrets)) await writeFile(join(secretsDir, name), value, { mode: 0o644 });
  await writeFile(settingsFile, '');
  const ports = { '443': `127.0.0.1:${await findFreePort()}` };
  return { path: COMPOSE_FILE, project: PROJECT, secretsDir, settingsFile, ports };
}

async function findMissing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'It needs root, to start a Docker daemon.';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const tool of TOOLS) {
    const places = await Promise.allSettled(folders.map((folder) => access(join(folder, tool))));
    if (places.every(({ status }) => status === 'rejected'))
      return `It needs ${tool} (Debian: apt-get install docker.io debootstrap).`;
  }
  await runTool('docker', ['--version']);
  return undefined;
}
