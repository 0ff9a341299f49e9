import { STOP_SCOPES, type StopScope } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

/** Something that an operator has stopped, as the store has it. */
export interface Stop {
  id: string;
  scope: StopScope;
  /** A user, an agent, the name of a plugin or the id of a server; empty for the platform. */
  targetId: string;
  reason: string;
  createdBy: string;
  createdAt: string;
}

export const storedStops = z.object({
  version: z.number(),
  stops: z.array(
    z.object({
      id: z.string(),
      scope: z.enum(STOP_SCOPES),
      targetId: z.string(),
      reason: z.string(),
      createdBy: z.string(),
      createdAt: z.string(),
    }),
  ),
});
export type StoredStops = z.output<typeof storedStops>;

/** Whose work it is. */
export interface Worker {
  /** Null for a process that no session has claimed. */
  ownerId: string | null;
  agentId?: string | undefined;
}

/** The stop that ends somebody's turns; the widest, where there are several. Those of plugins and servers end none. */
export function findWorkStop(stops: readonly Stop[], { ownerId, agentId }: Worker): Stop | undefined {
  const find = (scope: StopScope, targetId: string | null | undefined) =>
    stops.find((stop) => stop.scope === scope && stop.targetId === targetId);
  return find('platform', '') ?? find('user', ownerId) ?? find('agent', agentId);
}
