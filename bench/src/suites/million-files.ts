import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';

import type { Findings } from '../findings.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { openFrameSocket } from '../sides/frame-socket.ts';
import { openPlatformChat } from '../sides/platform-chat.ts';
import { summarize } from '../statistics.ts';

const run = promisify(execFile);
const FILES = { full: 1_000_000, quick: 100_000 };
/** Between two looks at `/health/live`. */
const LOOK_MS = 5;
const SEARCHES = 20;
const DEADLINE_MS = 30 * 60_000;

/** What an agent may leave, and a million files: a third in one folder, the rest in a thousand. */
const FILL = `
import os, socket, sys
root, files = sys.argv[1].encode(), int(sys.argv[2])
def touch(path): os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
odd = os.path.join(root, b'odd'); os.makedirs(odd)
os.mkfifo(os.path.join(odd, b'pipe'))
s = socket.socket(socket.AF_UNIX); os.chdir(odd); s.bind('socket')
os.symlink('/etc', b'outside'); os.symlink('nowhere', b'broken'); os.symlink('.', b'circle')
for byte in range(1, 256):
    if byte != 47: touch(b'name-' + bytes([byte]))
touch(b'x' * 255)
if os.getuid() == 0:
    try: os.mknod(b'device', 0o600 | 0o020000, os.makedev(1, 3))
    except OSError: pass
deep = odd
fd = os.open(odd, os.O_RDONLY)
for level in range(3000):
    os.mkdir(b'deep', dir_fd=fd); inner = os.open(b'deep', os.O_RDONLY, dir_fd=fd); os.close(fd); fd = inner
os.close(fd)
flat = os.path.join(root, b'flat'); os.makedirs(flat); os.chdir(flat)
for each in range(files // 3): touch(b'f%d.txt' % each)
left = files - files // 3
for folder in range(1000):
    path = os.path.join(root, b'tree', b'd%d' % (folder % 30), b'e%d' % folder); os.makedirs(path); os.chdir(path)
    for each in range(left // 1000): touch(b'g%d.txt' % each)
`;

/** A session whose workspace has a million files and whatever else an agent may leave. Meanwhile the server is asked without pause whether it lives. */
export async function measureMillionFiles({ modelUrl, quick, signal }: BenchContext): Promise<Findings> {
  const files = quick ? FILES.quick : FILES.full;
  await using disk = await openDisk();
  const environment = {
    ...NO_RATE_LIMITS,
    CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
    // A disk in memory has no room for loose objects beside other limits; the count is what is looked at.
    CLAUDE_SDK_PATTERN_MAX_SESSION_ENTRIES: '0',
    CLAUDE_SDK_PATTERN_MAX_USER_ENTRIES: '0',
  };
  await using server = await startServer({ upstreamUrl: modelUrl, environment, dataDir: join(disk.path, 'data') });
  await using socket = await openFrameSocket(server);
  const chat = await openPlatformChat(server);
  await chat.say('Where do I add an endpoint?');
  const workspace = await realpath(join(server.dataDir, 'workspaces', chat.sessionId));
  await run('python3', ['-c', FILL, workspace, String(files)]);
  const { uid, gid } = { uid: 64_646, gid: 64_646 };
  if (process.getuid?.() === 0) await run('chown', ['-Rh', `${uid}:${gid}`, workspace]);

  const rows: string[][] = [];
  const all = createSeries('million-files.live', '/health/live, while a million files are looked at');
  const calm = createSeries('million-files.live.calm', '/health/live, nothing else');
  await watchLive(server, calm, () => delay(3000));
  const step = async (name: string, work: () => Promise<string>) => {
    signal.throwIfAborted();
    const own = createSeries(name, name);
    const startedAt = performance.now();
    const said = await watchLive(server, own, work).catch((error: unknown) => `failed: ${String(error)}`);
    const seconds = (performance.now() - startedAt) / 1000;
    all.samples.push(...own.samples);
    const { p99, max } = summarize(own.samples);
    const rss = await readPeakMb(server.pid);
    rows.push([name, said, `${seconds.toFixed(1)} s`, `${p99.toFixed(0)} ms`, `${max.toFixed(0)} ms`, `${rss} MB`]);
    console.log(rows.at(-1)?.join(' | '));
  };
  const base = `/api/v1/sessions/${chat.sessionId}/workspace`;
  const ask = async (path: string) => {
    const response = await server.fetch(`${base}/${path}`, { signal: AbortSignal.timeout(DEADLINE_MS) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const list = async (path: string) => {
    const { status, body } = await ask(`files?folder=${path}&limit=100`);
    return `${status}, ${(body['data'] as unknown[] | undefined)?.length ?? 0} entries`;
  };

  await step('a page of the folder with a third of them', () => list('flat'));
  await step('the folder with pipes, sockets, devices, links and odd names', () => list('odd'));
  await step(`${SEARCHES} searches at once`, async () => {
    const found = await Promise.all(Array.from({ length: SEARCHES }, (_, each) => ask(`files?query=g${each}`)));
    return `${[...new Set(found.map(({ status }) => status))].join()}, ${found.filter(({ body }) => body['truncated'] === true).length} say that there are more`;
  });
  await step('the archive of all', async () => {
    const { status } = await ask('archive');
    return String(status);
  });
  await step('the archive of one folder', async () => {
    const response = await server.fetch(`${base}/archive?folder=tree/d1/e1`);
    return `${response.status}, ${(await response.arrayBuffer()).byteLength} bytes`;
  });
  await step('a state', async () => {
    const { status, body } = await ask('changes?limit=1');
    const left = body['left_out'] as { count: number } | undefined;
    return `${status}, ${left?.count ?? '?'} left out`;
  });
  await step('a state again', async () => String((await ask('changes?limit=1')).status));
  await step('one more turn', async () => {
    await chat.say('Where do I add an endpoint?');
    return 'completed';
  });
  let fork: string | undefined;
  await step('a fork', async () => {
    const frame = { type: 'session.fork', session_id: chat.sessionId };
    const { session } = await socket.request<{ session: { id: string } }>(frame);
    fork = session.id;
    return 'made';
  });
  for (const [name, id] of [
    ['deletion of the fork', fork],
    ['deletion', chat.sessionId],
  ] as const)
    await step(name, async () => {
      if (id === undefined) return 'there is none';
      const link = join(server.dataDir, 'workspaces', id);
      const path = await realpath(link);
      const { status } = await server.fetch(`/v1/sessions/${id}`, { method: 'DELETE' });
      while (
        await realpath(path).then(
          () => true,
          () => false,
        )
      )
        await delay(50);
      return `${status}, gone`;
    });
  const columns = ['what', 'answer', 'took', 'p99 of /health/live', 'slowest', 'peak memory of the server so far'];
  return { series: [calm, all], tables: [{ title: `${files.toLocaleString('en')} files`, columns, rows }] };
}

/** A disk in memory where it may be mounted, because a million files take minutes to make elsewhere. */
async function openDisk() {
  const path = await mkdtemp(join(tmpdir(), 'csp-million-'));
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=0,size=12g', 'tmpfs', path]).then(
    () => true,
    () => false,
  );
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (isMounted) await run('umount', ['-l', path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function watchLive<T>(server: TestServer, series: Series, work: () => Promise<T>): Promise<T> {
  const state = { isOver: false };
  const looking = (async () => {
    while (!state.isOver) {
      const startedAt = performance.now();
      await (await server.fetch('/health/live')).arrayBuffer();
      series.samples.push(performance.now() - startedAt);
      await delay(LOOK_MS);
    }
  })();
  try {
    return await work();
  } finally {
    state.isOver = true;
    await looking;
  }
}

async function readPeakMb(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return String(Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024));
}
