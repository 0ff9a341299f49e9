import type { StopResource, StopScope } from '@claude-sdk-pattern/protocol';

import type { Store } from '../store/port.ts';
import type { Stop } from './stop.ts';

export interface StopReportsDeps {
  store: Pick<Store, 'agents'>;
  findUserNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Of a plugin that is taken in; undefined where there is none. */
  findPluginName(name: string): string | undefined;
}

/** Stops as operators see them. */
export interface StopReports {
  describe(stops: readonly Stop[]): Promise<StopResource[]>;
  /** The name of a user, an agent or a plugin; undefined where there is none. */
  findName(scope: StopScope, targetId: string): Promise<string | undefined>;
}

export function createStopReports({ store, findUserNames, findPluginName }: StopReportsDeps): StopReports {
  const findName: StopReports['findName'] = async (scope, targetId) => {
    switch (scope) {
      case 'user':
        return (await findUserNames([targetId])).get(targetId);
      case 'agent':
        return (await store.agents.find(targetId))?.name;
      case 'plugin':
        return findPluginName(targetId);
      case 'platform':
      case 'node':
        return undefined;
    }
  };
  return {
    findName,
    async describe(stops) {
      const authors = await findUserNames([...new Set(stops.map(({ createdBy }) => createdBy))]);
      return Promise.all(
        stops.map(async ({ id, scope, targetId, reason, createdBy, createdAt }) => ({
          type: 'stop' as const,
          ...{ id, scope, target_id: targetId === '' ? null : targetId },
          name: (await findName(scope, targetId)) ?? null,
          reason,
          created_by: { id: createdBy, name: authors.get(createdBy) ?? null },
          created_at: createdAt,
        })),
      );
    },
  };
}
