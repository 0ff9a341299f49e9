import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { createWorkspaceDir, startEmbeddedPostgres } from '@claude-sdk-pattern/testkit';

import { createAuditLog } from '../../../apps/server/src/audit/audit-log.ts';
import { openAuditAnchor } from '../../../apps/server/src/data-dir/audit-anchor.ts';
import { systemClock } from '../../../apps/server/src/lib/clock.ts';
import { systemTimers } from '../../../apps/server/src/lib/timers.ts';
import { openStore } from '../../../apps/server/src/store/open-store.ts';
import type { Store } from '../../../apps/server/src/store/port.ts';
import type { Session } from '../../../apps/server/src/store/sessions.ts';
import { createLogger } from '../../../apps/server/src/telemetry/logger.ts';
import { SessionFacts } from '../../../apps/server/src/turns/session-facts.ts';
import type { Fact, Findings } from '../findings.ts';
import { interleave } from '../interleave.ts';
import { createSeries, type BenchContext, type Series } from '../series.ts';
import { summarize } from '../statistics.ts';

/** Blocks of each side, short ones, so that other work on the machine hits both sides. */
const BLOCKS = { full: 60, quick: 20 };
const WARM_UP_BLOCKS = 10;
/** Tool calls of each session in a block. */
const CALLS = 10;
const SESSIONS = [1, 10];
const MOST_ADDED_MS = 1;
/** About the size of a result that an agent reads. */
const OUTPUT = 'a line of what a command printed\n'.repeat(15);

/** What the audit log adds to storing a tool call, with its chain being written meanwhile, on both databases. */
export async function measureAuditCost({ quick, signal }: BenchContext): Promise<Findings> {
  await using folder = await createWorkspaceDir();
  await using postgres = await startEmbeddedPostgres({ durable: true });
  const databases = [
    { id: 'sqlite', name: 'SQLite', url: `sqlite:${join(folder.path, 'audit.db')}` },
    { id: 'postgres', name: 'PostgreSQL', url: await postgres.createDatabase() },
  ];
  const series: Series[] = [];
  const facts: Fact[] = [];
  for (const { id, name, url } of databases) {
    await using store = await openStore({ url });
    let chain = () => {};
    const timers = { ...systemTimers, every: (_ms: number, look: () => void) => ((chain = look), () => {}) };
    const audit = createAuditLog({
      ...{ store, nodeId: 'node_1', secretsKey: 'the key of this bench', retentionDays: 0, clock: systemClock, timers },
      anchor: openAuditAnchor(folder.path),
      logger: createLogger({ level: 'silent' }),
    });
    await audit.start();
    for (const count of SESSIONS) {
      const label = `${name}, ${count === 1 ? 'one session' : `${count} sessions at once`}`;
      const sides = await createSides({
        ...{ store, id: `audit.${id}.${count}`, label, count },
        chain: () => chain(),
        settle: async () => void (await audit.list({ limit: 1 })),
      });
      const contenders = { without: sides.without.measure, withFacts: sides.withFacts.measure };
      await interleave(contenders, { rounds: WARM_UP_BLOCKS, signal });
      for (const side of Object.values(sides)) side.reset();
      await interleave(contenders, { rounds: quick ? BLOCKS.quick : BLOCKS.full, signal });
      const { without, withFacts } = sides;
      series.push(without.series, withFacts.series);
      const added = summarize(withFacts.series.samples).median - summarize(without.series.samples).median;
      facts.push(
        {
          ...{ id: `audit.${id}.${count}.added`, label: `${label}: added to a tool call at the median`, unit: 'ms' },
          ...{ value: added, atMost: MOST_ADDED_MS },
        },
        {
          ...{ id: `audit.${id}.${count}.cpu`, label: `${label}: processor time of the server for it`, unit: 'ms' },
          value: withFacts.cpuMs() - without.cpuMs(),
        },
      );
    }
    await audit.close();
  }
  return { series, facts };
}

interface SideOptions {
  store: Store;
  id: string;
  label: string;
  count: number;
  /** Begins to chain the facts that wait, as a second's tick does. */
  chain(): void;
  /** Resolves when none waits. */
  settle(): Promise<void>;
}

async function createSides({ store, id, label, count, chain, settle }: SideOptions) {
  const sessions = await Promise.all(Array.from({ length: count }, () => createSession(store)));
  const facts = new SessionFacts(systemClock);

  /** Two appends, as in a turn: the call with its decision, then its result. */
  const storeCall = async (session: Session, isAudited: boolean) => {
    for (const event of toCall(session)) {
      const told = isAudited ? { facts: facts.take(session, [event]).facts } : {};
      await store.events.append(session.id, 0, [{ id: event.id, type: event.type, body: event }], told);
    }
  };
  const createSide = (name: string, isAudited: boolean) => {
    const series = createSeries(`${id}.${name}`, `${label}, ${isAudited ? 'with' : 'without'} audit`);
    let cpu = 0;
    return {
      series,
      cpuMs: () => cpu / 1000 / series.samples.length,
      reset() {
        series.samples.length = 0;
        cpu = 0;
      },
      async measure() {
        const begun = process.cpuUsage();
        for (let call = 0; call < CALLS; call += 1) {
          const timed = sessions.map(async (session) => {
            const startedAt = performance.now();
            await storeCall(session, isAudited);
            series.samples.push(performance.now() - startedAt);
          });
          // In the middle, so that all of it is done while calls are stored.
          if (isAudited && call === CALLS / 2) chain();
          await Promise.all(timed);
        }
        // What is left must not be chained while the other side is measured.
        if (isAudited) await settle();
        const { user, system } = process.cpuUsage(begun);
        cpu += user + system;
      },
    };
  };
  return { without: createSide('without', false), withFacts: createSide('with', true) };
}

function createSession(store: Store): Promise<Session> {
  return store.sessions.create({
    ...{ id: `sesn_${randomUUID()}`, ownerId: 'user_1', agentId: 'agent_1', agentVersion: 1, environmentId: 'env_1' },
    ...{ permissionMode: 'default', agentSessionId: randomUUID() },
  });
}

function toCall({ id }: Session): SessionEvent[] {
  const eventId = `sevt_${randomUUID()}`;
  const processed_at = new Date().toISOString();
  return [
    {
      ...{ id: eventId, type: 'agent.tool_use', name: 'Bash', processed_at, evaluated_permission: 'allow' },
      input: { command: 'npm run build && npm test -- --reporter=dot 2>&1 | tail -40', description: `Build ${id}` },
    },
    {
      ...{ id: `sevt_${randomUUID()}`, type: 'agent.tool_result', tool_use_id: eventId, processed_at },
      content: [{ type: 'text', text: OUTPUT }],
    },
  ];
}
