import { createServer } from 'node:http';
import { Session, type Profiler } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';

/** Kinds of work, by a pattern for the files that do it. The first that matches a function or one of its callers counts. */
export type WorkFiles<Kind extends string> = Readonly<Record<Kind, RegExp>>;

const SAMPLE_EVERY_MICROS = 100;
/** Of the profiler of V8: the thread waits. */
const IDLE = '(idle)';

/**
 * Serves what share of this thread's work each kind is: `/start` begins to sample, `/stop` answers with the shares, from 0 to 1,
 * as JSON. Garbage collection is work of no kind. Answers with its URL.
 */
export async function serveProfiler<Kind extends string>(files: WorkFiles<Kind>): Promise<string> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROS });
  const answer = async (path: string | undefined): Promise<Record<Kind, number> | null> => {
    if (path !== '/start') return toShares((await session.post('Profiler.stop')).profile, files);
    await session.post('Profiler.start');
    return null;
  };
  const server = createServer((request, response) => {
    void answer(request.url).then((shares) => response.end(JSON.stringify(shares)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function toShares<Kind extends string>(
  { nodes, samples = [] }: Profiler.Profile,
  files: WorkFiles<Kind>,
): Record<Kind, number> {
  const kinds = Object.entries<RegExp>(files) as [Kind, RegExp][];
  const calledBy = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const findKind = (from: number): Kind | undefined => {
    for (let id: number | undefined = from; id !== undefined; id = calledBy.get(id)) {
      const url = byId.get(id)?.callFrame.url ?? '';
      const found = kinds.find(([, pattern]) => pattern.test(url));
      if (found !== undefined) return found[0];
    }
    return undefined;
  };
  const kindOf = new Map(nodes.map(({ id }) => [id, findKind(id)]));
  // Counted, not by the time between them: a thread that waits for a processor is not sampled, and does not work.
  const busy = samples.filter((id) => byId.get(id)?.callFrame.functionName !== IDLE).map((id) => kindOf.get(id));
  const toShare = (kind: Kind) => busy.filter((each) => each === kind).length / busy.length;
  return Object.fromEntries(kinds.map(([kind]) => [kind, toShare(kind)])) as Record<Kind, number>;
}
