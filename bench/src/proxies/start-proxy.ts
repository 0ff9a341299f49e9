import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { until } from '@claude-sdk-pattern/testkit';

import type { ProxyKind, ProxyPlace } from './proxy-kind.ts';

export interface RunningProxy extends AsyncDisposable {
  /** `https://localhost:PORT` */
  origin: string;
}

/** Starts the real program with its configuration; disposal ends it. @throws Error with its log when it does not listen */
export async function startProxy(kind: ProxyKind, place: ProxyPlace): Promise<RunningProxy> {
  const origin = `https://localhost:${place.secure}`;
  const { files, args } = await kind.configure(place);
  for (const [name, text] of Object.entries(files)) {
    const path = join(place.dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode: 0o600 });
  }
  const path = join(place.dir, 'proxy.log');
  const log = createWriteStream(path);
  await once(log, 'open');
  const program = spawn(kind.name, args, { stdio: ['ignore', log, log], env: { ...process.env, HOME: place.dir } });
  const exited = once(program, 'exit');
  const end = async () => {
    program.kill();
    await exited;
  };
  await until(`${kind.name} reaches the server`, async () => {
    if (program.exitCode !== null) throw new Error(`${kind.name} ended with ${program.exitCode}`);
    return (await fetch(`${origin}${place.path}/health/ready`).catch(() => undefined))?.ok === true;
  }).catch(async (error: unknown) => {
    await end();
    throw new Error((await readFile(path, 'utf8')).split('\n').slice(-15).join('\n'), { cause: error });
  });
  return { origin, [Symbol.asyncDispose]: end };
}
