import { until } from '@claude-sdk-pattern/testkit';

import type { Docker } from './docker-daemon.ts';

const START_TIMEOUT_MS = 120_000;
const HARDENED = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

interface Alone {
  docker: Docker;
  image: string;
  /** The folder with seccomp.json. */
  dir: string;
  note: (what: string, seen: string) => void;
  problem: (text: string) => void;
}

/**
 * Starts the image by `docker run`, with SQLite, as the deployment guide shows it, and once more without the three options that let
 * bubblewrap work: the server then has to say that agents are not confined.
 */
export async function runAlone(alone: Alone): Promise<void> {
  const { dir, note, problem } = alone;
  const options = [`seccomp=${dir}/seccomp.json`, 'systempaths=unconfined', 'apparmor=unconfined'];
  const confined = await readSandbox(
    alone,
    options.flatMap((option) => ['--security-opt', option]),
  );
  if (confined.status !== 'ok' || !confined.log.includes('"agents are confined"'))
    problem(`With the options of the guide: ${confined.status}: ${confined.detail}`);
  note('docker run, with the options of the guide', `csp doctor: ${confined.status}: ${confined.detail}`);

  const open = await readSandbox(alone, []);
  if (open.status === 'ok' || open.log.includes('"agents are confined"'))
    problem(`Without the options the server says that agents are confined: ${open.detail}`);
  note('docker run, without them', `csp doctor: ${open.status}: ${open.detail}`);
}

interface Sandbox {
  status: string;
  detail: string;
  /** What the server logged. */
  log: string;
}

async function readSandbox({ docker, image }: Alone, options: readonly string[]): Promise<Sandbox> {
  const container = await docker.run(['run', '--detach', '--network', 'none', ...HARDENED, ...options, image]);
  await until(
    'the server is ready',
    async () => (await docker.run(['logs', container], { withErrors: true })).includes('"msg":"ready"'),
    START_TIMEOUT_MS,
  );
  const log = await docker.run(['logs', container], { withErrors: true });
  // Its exit code is 1 where something has to be done.
  const said = await docker.run(['exec', container, 'sh', '-c', 'csp doctor --json || true']);
  await docker.run(['rm', '--force', '--volumes', container]);
  const { checks } = JSON.parse(said) as { checks: { name: string; status: string; detail: string }[] };
  const { status = 'missing', detail = '' } = checks.find(({ name }) => name === 'Sandbox') ?? {};
  return { status, detail, log };
}
