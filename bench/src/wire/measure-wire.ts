import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEmbeddedPostgres, startServer } from '@claude-sdk-pattern/testkit';

import type { Fact, Findings } from '../findings.ts';
import { startPart } from '../parts/start-part.ts';
import { readProcessMemory } from '../process-memory.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { quantile } from '../statistics.ts';
import { measureAppendRate } from './append-rate.ts';
import { openControl, type Control } from './control.ts';
import { createSampleEvent } from './sample-event.ts';
import type { Relayed } from './sides.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';

const READERS = [1, 10, 100];
/** The limit against the time of plain `ws` for each event: the aim is 0.7 of its rate. */
const MOST_TIMES = 1.43;
const SESSIONS = 50;
const MOST_ADDED_MS = 1;
const MOST_ADDED_KB = 20;
const SETTLE_MS = 3000;

interface Sides extends AsyncDisposable {
  server: Control;
  readers: Control;
  ours: string;
  raw: string;
}

/** The wire compared with plain `ws`: relaying, latency, idle connections, replay and appends. */
export async function measureWire({ quick, signal }: BenchContext): Promise<Findings> {
  await using folder = await createFolder();
  const facts: Fact[] = [];
  const series: Series[] = [];
  {
    await using sides = await openSides(`sqlite:${join(folder.path, 'wire.db')}`);
    for (const readers of READERS) {
      signal.throwIfAborted();
      facts.push(...(await measureRelay(sides, { readers, deliveries: quick ? 40_000 : 200_000 })));
    }
    signal.throwIfAborted();
    facts.push(...(await measureReplayedEvents(sides, quick ? 20_000 : 100_000)));
    series.push(...(await measureLatency(sides, { turns: quick ? 60 : 300, facts })));
  }
  signal.throwIfAborted();
  facts.push(...(await measureIdleConnections(quick ? 2000 : 10_000)));
  signal.throwIfAborted();
  facts.push(...(await measureAppends(`sqlite:${join(folder.path, 'appends.db')}`, 'SQLite', quick)));
  await using postgres = await startEmbeddedPostgres({ durable: true });
  facts.push(...(await measureAppends(await postgres.createDatabase(), 'PostgreSQL', quick)));
  return { series, facts };
}

/**
 * Live events of many sessions, stored first, to readers that follow all of them; then the same bytes by plain `ws`.
 */
async function measureRelay(
  { server, readers: clients, ours, raw }: Sides,
  { readers, deliveries }: { readers: number; deliveries: number },
): Promise<Fact[]> {
  const events = Math.ceil(Math.min(20_000, deliveries / readers) / SESSIONS) * SESSIONS;
  const run = async (url: string, command: string) => {
    // New sessions for every run, because readers of used sessions would count replayed events.
    const attach = command === 'live' ? await server.call<string[]>('makeSessions', { sessions: SESSIONS }) : [];
    await clients.call('open', { url, readers, attach });
    await clients.call('expect', { frames: events });
    const finished = clients.call<number>('finished');
    const { startedAt, cpu } = await server.call<Relayed>(command, { events });
    const seconds = ((await finished) - startedAt) / 1e6;
    await clients.call('close');
    return { perSecond: (events * readers) / seconds, cpuMicroseconds: cpu / (events * readers) };
  };
  await server.call('makeSessions', { sessions: SESSIONS });
  // Each runs once first to warm up.
  await run(raw, 'raw');
  await run(raw, 'storedRaw');
  await run(ours, 'live');
  const floor = await run(raw, 'raw');
  const storedFloor = await run(raw, 'storedRaw');
  const platform = await run(ours, 'live');
  const id = `wire.relay-${readers}`;
  const unit = '/s';
  const whom = `${readers} reader${readers === 1 ? '' : 's'}`;
  return [
    { id: `${id}.raw`, label: `Frames to ${whom}, raw ws`, value: floor.perSecond, unit },
    { id: `${id}.ours`, label: `Events to ${whom}, stored first`, value: platform.perSecond, unit },
    {
      ...{ id: `${id}.ratio`, label: `Time per event to ${whom}, to raw ws`, unit: '×' },
      ...{ value: floor.perSecond / platform.perSecond, atMost: MOST_TIMES },
    },
    {
      ...{ id: `${id}.cpu`, label: `Processor time of the server per delivery to ${whom}, beyond raw ws`, unit: 'µs' },
      value: platform.cpuMicroseconds - floor.cpuMicroseconds,
    },
    {
      id: `${id}.stored-raw`,
      label: `Frames to ${whom}, bare SQLite, then raw ws`,
      value: storedFloor.perSecond,
      unit,
    },
    {
      ...{ id: `${id}.stored-ratio`, label: `Time per event to ${whom}, to bare SQLite and raw ws`, unit: '×' },
      value: storedFloor.perSecond / platform.perSecond,
    },
  ];
}

async function measureReplayedEvents({ server, readers, ours, raw }: Sides, events: number): Promise<Fact[]> {
  const attach = await server.call<string[]>('makeSessions', { sessions: 1 });
  await server.call('fill', { events });
  await readers.call('open', { url: raw, readers: 1 });
  await readers.call('expect', { frames: events });
  const finished = readers.call<number>('finished');
  const { startedAt } = await server.call<Relayed>('raw', { events });
  const floor = ((await finished) - startedAt) / 1e6;
  await readers.call('close');

  // Attached to no session, so that counting begins before the first event.
  await readers.call('open', { url: ours, readers: 1 });
  await readers.call('expect', { frames: events });
  const attachedAt = await readers.call<number>('attach', { sessionId: attach[0] });
  const seconds = ((await readers.call<number>('finished')) - attachedAt) / 1e6;
  await readers.call('close');
  const id = 'wire.replay';
  return [
    { id: `${id}.seconds`, label: `Replay of ${events} events from the store`, value: seconds, unit: 's' },
    { id: `${id}.rate`, label: 'Events replayed', value: events / seconds, unit: '/s' },
    { id: `${id}.ratio`, label: 'Time per replayed event, to raw ws', value: seconds / floor, unit: '×' },
  ];
}

/** The time from an SDK message to its frame at the client, minus the time of plain `ws` for such frames. */
async function measureLatency(
  { server, readers, ours, raw }: Sides,
  { turns, facts }: { turns: number; facts: Fact[] },
): Promise<Series[]> {
  const attach = await server.call<string[]>('makeSessions', { sessions: 1 });
  const stored = createSeries('wire.latency.stored', 'SDK message to client, stored events');
  const previews = createSeries('wire.latency.previews', 'SDK message to client, previews');
  const floor = createSeries('wire.latency.raw', 'the same bytes, raw ws');
  const collect = async (samples: number[], cameAt: readonly number[], count: number) => {
    await readers.call('finished');
    const arrivals = await readers.call<number[]>('arrivals');
    for (let index = 0; index < count; index += 1) samples.push(((arrivals[index] ?? 0) - (cameAt[index] ?? 0)) / 1000);
  };
  const rounds = 4;
  let after = 0;
  for (let round = 0; round < rounds; round += 1) {
    const frames = Array.from({ length: turns }, () =>
      JSON.stringify({ type: 'event', event: createSampleEvent(200) }),
    );
    await readers.call('open', { url: raw, readers: 1 });
    await readers.call('expect', { frames: frames.length });
    await collect(floor.samples, await server.call<number[]>('tellRaw', { frames }), frames.length);
    await readers.call('close');

    await readers.call('open', { url: ours, readers: 1, attach, after });
    const told = Math.ceil(turns / 16);
    const expected = await server.call<number>('countFrames', { turns: told });
    await readers.call('expect', { frames: expected });
    const { cameAt, stored: isStored } = await server.call<{ cameAt: number[]; stored: boolean[] }>('tell', {
      turns: told,
    });
    const all: number[] = [];
    await collect(all, cameAt, cameAt.length);
    all.forEach((ms, index) => (isStored[index] ? stored : previews).samples.push(ms));
    after += isStored.filter(Boolean).length;
    await readers.call('close');
  }
  for (const { id, label, samples } of [stored, previews]) {
    const added = (share: number) => quantile(samples, share) - quantile(floor.samples, share);
    facts.push(
      {
        ...{ id: `${id}.added-p50`, label: `${label}: added to raw ws, p50`, unit: 'ms' },
        ...{ value: added(0.5), atMost: MOST_ADDED_MS },
      },
      { id: `${id}.added-p99`, label: `${label}: added to raw ws, p99`, value: added(0.99), unit: 'ms' },
    );
  }
  return [stored, previews, floor];
}

/** The memory of a whole server, with HTTP and sign-in, compared with a process that runs only `ws`. */
async function measureIdleConnections(connections: number): Promise<Fact[]> {
  await using readers = await openReaders();
  const measure = async (pid: number, url: string, apiKey?: string) => {
    const open = (count: number) => readers.control.call('open', { url, readers: count, ...(apiKey && { apiKey }) });
    // Objects that are created once, with the first connections, do not count.
    await open(500);
    await readers.control.call('close');
    const before = await readQuietMemory(pid);
    await open(connections);
    const after = await readQuietMemory(pid);
    await readers.control.call('close');
    return ((after - before) * 1024) / connections;
  };
  let ours: number;
  {
    await using server = await startServer({
      environment: {
        ...NO_RATE_LIMITS,
        CLAUDE_SDK_PATTERN_LOG_LEVEL: 'warn',
        CLAUDE_SDK_PATTERN_MAX_CONNECTIONS_PER_USER: String(connections),
      },
    });
    ours = await measure(server.pid, `${server.url.replace('http', 'ws')}/ws/v1/chat`, server.apiKey);
  }
  await using sides = await openSides('sqlite::memory:');
  const raw = await measure(await sides.server.call<number>('pid'), sides.raw);
  const label = `Memory per idle connection, of ${connections}`;
  return [
    { id: 'wire.idle.raw', label: `${label}, raw ws`, value: raw, unit: 'KB' },
    { id: 'wire.idle.ours', label: `${label}, the whole server`, value: ours, unit: 'KB' },
    { id: 'wire.idle.added', label: `${label}, beyond raw ws`, value: ours - raw, unit: 'KB', atMost: MOST_ADDED_KB },
  ];
}

async function measureAppends(url: string, name: string, quick: boolean): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const sessions of [1, 100]) {
    const { appendsPerSecond, latenciesMs } = await measureAppendRate({
      url,
      sessions,
      durationMs: quick ? 1500 : 5000,
    });
    const id = `wire.append.${name.toLowerCase()}-${sessions}`;
    const label = `Appends to ${name}, ${sessions} session${sessions === 1 ? '' : 's'}`;
    facts.push(
      { id: `${id}.rate`, label, value: appendsPerSecond, unit: '/s' },
      { id: `${id}.p50`, label: `${label}, p50`, value: quantile(latenciesMs, 0.5), unit: 'ms' },
      { id: `${id}.p99`, label: `${label}, p99`, value: quantile(latenciesMs, 0.99), unit: 'ms' },
    );
  }
  return facts;
}

async function openSides(url: string): Promise<Sides> {
  await using opening = new AsyncDisposableStack();
  const part = opening.use(await startPart<{ control: string; ours: string; raw: string }>('serve-wire.ts', { url }));
  const server = opening.use(await openControl(part.ready.control));
  const readers = opening.use(await openReaders());
  const opened = opening.move();
  const { ours, raw } = part.ready;
  return { server, readers: readers.control, ours, raw, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function openReaders(): Promise<AsyncDisposable & { control: Control }> {
  await using opening = new AsyncDisposableStack();
  const part = opening.use(await startPart<{ control: string }>('serve-readers.ts'));
  const control = opening.use(await openControl(part.ready.control));
  const opened = opening.move();
  return { control, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** In MB. Garbage is collected within some seconds. */
async function readQuietMemory(pid: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const memory = await readProcessMemory(pid);
  if (memory === undefined) throw new Error(`The memory of ${pid} cannot be read; the wire bench needs Linux`);
  return memory.rssMb;
}

async function createFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'csp-wire-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
