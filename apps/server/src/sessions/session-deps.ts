import type { AgentCommandBook } from '../agent-process/agent-commands.ts';
import type { Role } from '../identity/actor.ts';
import type { Processes } from '../processes/processes.ts';
import type { SessionQuotas } from './quotas.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import type { TurnDeps } from '../turns/turn-deps.ts';

/** What every session needs from the platform. */
export interface SessionDeps extends TurnDeps {
  processes: Pick<Processes, 'acquire' | 'refusal' | 'shouldStartAhead' | 'canStartAhead' | 'noteChange'>;
  /** What agents offer by a slash. */
  commands: AgentCommandBook;
  /** This server among those of the deployment; stays the same over restarts. */
  nodeId: string;
  workspaces: Workspaces;
  /** Whether agents are kept from the host. */
  confines: boolean;
  /** What a user may do, as it is now. */
  findRole(userId: string): Promise<Role>;
  quotas: SessionQuotas;
  /** What the files of a session may take; a fork copies no more. Infinite where nothing bounds them. */
  maxDiskBytes: number;
  idleTimeoutMs: number;
  stallTimeoutMs: number;
}
