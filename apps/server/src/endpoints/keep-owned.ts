import type { Host } from '../hosts/host.ts';

/** The host without some of its processes: whoever samples it neither sees them nor ends them as nobody's. */
export function keepOwned(host: Host, listIds: () => readonly string[]): Host {
  const { name, confines, agentUser, terminalProblem } = host;
  return {
    ...{ name, confines, ...(agentUser && { agentUser }), terminalProblem },
    start: (request) => host.start(request),
    async sample({ owned }) {
      const sample = await host.sample({ owned: new Set([...owned, ...listIds()]) });
      const kept = new Set(listIds());
      return { ...sample, trees: sample.trees.filter(({ id }) => !kept.has(id)) };
    },
    endLeft: () => host.endLeft(),
    close: () => host.close(),
  };
}
