/**
 * Tests another version of the Agent SDK and of the API's SDK against this repository: `npm run sdk:check -- VERSION`.
 * The installed and locked versions do not change. docs/operate/upgrade-sdk.md explains how to use the report.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

import type Anthropic from '@anthropic-ai/sdk';

import { compareTypes } from './sdk-check/compare-types.ts';
import { walkSdk } from './reference/walk-sdk.ts';
import { readTypes, type ExportedTypes } from './sdk-check/read-types.ts';
import { renderReport, type PackageReport, type Run } from './sdk-check/render-report.ts';

const ROOT = join(import.meta.dirname, '..');
const AGENT_SDK = '@anthropic-ai/claude-agent-sdk';
const API_SDK = '@anthropic-ai/sdk';
const METHODS = 'client.beta';
/** How much of a failed run's output is shown. */
const KEPT_CHARS = 8000;

const USAGE = `npm run sdk:check -- VERSION [--api-sdk VERSION] [--only RUN,RUN] [--out FILE]

  VERSION    of ${AGENT_SDK}
  --api-sdk  of ${API_SDK}; ours without it
  --only     some of the runs: types, translations, journeys; "none" compares and runs nothing
  --out      writes the report to a file instead of standard output`;

/** The runs with the other version, as arguments of Node in the copied tree. */
const RUNS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  types: [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  // Recorded again, so that the new CLI's output is compared with the translation.
  translations: [
    ['apps/server/test/record-fixtures.ts'],
    ['scripts/test.mjs', 'apps/server/src/agent-process/translate', '--maxWorkers=1'],
  ],
  journeys: [
    [
      'scripts/test.mjs',
      'apps/server/src/agent-process/agent-process.test.ts',
      'apps/server/test/turns.test.ts',
      'apps/server/test/recovery.test.ts',
      'apps/server/test/cut-off.test.ts',
      'apps/server/test/model-retries.test.ts',
      'apps/server/test/process-death.test.ts',
      'apps/server/test/v1-types.test.ts',
      'packages/scripted-model/test',
      '--maxWorkers=1',
    ],
  ],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'api-sdk': { type: 'string' }, only: { type: 'string' }, out: { type: 'string' } },
});
const [version] = positionals;
const names = values.only === undefined ? Object.keys(RUNS) : values.only === 'none' ? [] : values.only.split(',');
if (version === undefined || names.some((name) => !Object.hasOwn(RUNS, name))) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}

const dir = await mkdtemp(join(tmpdir(), 'csp-sdk-check-'));
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
try {
  const packages = await install(dir, version, values['api-sdk']);
  await copyTree(dir);
  const runs: Run[] = [];
  for (const name of names) runs.push(await runAll(name, RUNS[name] ?? []));
  const report = renderReport(packages, runs);
  if (values.out === undefined) process.stdout.write(report);
  else await writeFile(values.out, report);
  process.exitCode = runs.every(({ ok }) => ok) ? 0 : 1;
} finally {
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

/** Installs the packages into the folder's `node_modules`, and compares their types with the installed ones. */
async function install(into: string, agentSdk: string, apiSdk: string | undefined): Promise<PackageReport[]> {
  const wanted = [`${AGENT_SDK}@${agentSdk}`, ...(apiSdk === undefined ? [] : [`${API_SDK}@${apiSdk}`])];
  await writeFile(join(into, 'package.json'), '{"private":true}\n');
  // Peer dependencies come from this repository, except the packages under test.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error'];
  const { status } = spawnSync('npm', ['install', ...flags, ...wanted], {
    cwd: into,
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  if (status !== 0) throw new Error(`npm could not install ${wanted.join(' and ')}, see above`);
  return [
    await compare(into, AGENT_SDK, 'sdk.d.ts', {
      Options: 'Options',
      'Hook events': 'HookEvent',
      'Message types': 'SDKMessage',
      Methods: 'Query',
    }),
    ...(apiSdk === undefined
      ? []
      : [
          await compare(
            into,
            API_SDK,
            'resources/beta/sessions/events.d.ts',
            { 'Methods of client.beta': METHODS, 'Session events': 'BetaManagedAgentsSessionEventType' },
            readMethods,
          ),
        ]),
  ];
}

async function compare(
  other: string,
  name: string,
  file: string,
  sections: Readonly<Record<string, string>>,
  readMore: (at: string) => Promise<ExportedTypes> = async () => new Map(),
): Promise<PackageReport> {
  const read = async (root: string) => {
    const at = join(root, 'node_modules', name);
    const { version: found } = JSON.parse(await readFile(join(at, 'package.json'), 'utf8')) as { version: string };
    const types = readTypes(file, await readFile(join(at, file), 'utf8'));
    return { version: found, types: new Map([...types, ...(await readMore(at))]) };
  };
  const [ours, theirs] = [await read(ROOT), await read(other)];
  const types = compareTypes(ours.types, theirs.types);
  return { name, before: ours.version, after: theirs.version, types, sections };
}

/** The methods of `client.beta`, in the form of a type's members. */
async function readMethods(at: string): Promise<ExportedTypes> {
  const { default: Client } = (await import(join(at, 'index.mjs'))) as { default: typeof Anthropic };
  const methods = walkSdk(new Client({ apiKey: 'nothing is sent' }).beta);
  return new Map([[METHODS, new Map(methods.map(({ name }) => [name, '']))]]);
}

/** Copies the files that git tracks, and links all installed packages that are not under test. */
async function copyTree(into: string): Promise<void> {
  const { stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  for (const file of stdout.split('\0').filter((each) => each !== '' && existsSync(join(ROOT, each)))) {
    await mkdir(dirname(join(into, file)), { recursive: true });
    await cp(join(ROOT, file), join(into, file), { verbatimSymlinks: true });
  }
  await rm(join(into, 'node_modules', '.package-lock.json'), { force: true });
  await linkMissing(join(ROOT, 'node_modules'), join(into, 'node_modules'));
  await linkMissing(join(ROOT, 'node_modules', '@anthropic-ai'), join(into, 'node_modules', '@anthropic-ai'));
  for (const app of await readdir(join(ROOT, 'apps'))) {
    const modules = join('apps', app, 'node_modules');
    if (existsSync(join(ROOT, modules))) await symlink(join(ROOT, modules), join(into, modules));
  }
}

/** The workspace packages are the copied ones; the caches are separate. */
async function linkMissing(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (name === '.cache' || name === '.vite' || existsSync(join(to, name))) continue;
    if (name === '@claude-sdk-pattern')
      await cp(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else await symlink(join(from, name), join(to, name));
  }
}

async function runAll(name: string, commands: readonly (readonly string[])[]): Promise<Run> {
  process.stderr.write(`${name} …\n`);
  const started = performance.now();
  let output = '';
  let ok = true;
  for (const command of commands) {
    if (!ok) break;
    const result = await run(command);
    output += result.output;
    ok = result.code === 0;
  }
  return { name, ok, seconds: Math.round((performance.now() - started) / 1000), output: output.slice(-KEPT_CHARS) };
}

function run(command: readonly string[]): Promise<{ code: number | null; output: string }> {
  stopped.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
      signal: stopped.signal,
    });
    let output = '';
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
