import type { AgentCommandBook } from '../agent-process/agent-commands.ts';
import type { FileService } from '../files/file-service.ts';
import type { Role } from '../identity/actor.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { UsageRecorder } from '../usage/usage-recorder.ts';
import type { Processes } from '../processes/processes.ts';
import type { SessionQuotas } from './quotas.ts';

/** What every session needs from the platform. */
export interface SessionDeps {
  store: Store;
  files: Pick<FileService, 'get' | 'readOwned'>;
  journal: Journal;
  processes: Pick<Processes, 'acquire' | 'refusal' | 'shouldStartAhead' | 'canStartAhead' | 'noteChange'>;
  /** What agents offer by a slash. */
  commands: AgentCommandBook;
  /** Of model calls. Flushed before a turn is reported as ended. */
  usage: Pick<UsageRecorder, 'flush'>;
  clock: Clock & UptimeClock;
  logger: Logger;
  /** This server among those of the deployment; stays the same over restarts. */
  nodeId: string;
  dataDir: string;
  /** Whether agents are kept from the host. */
  confines: boolean;
  /** What a user may do, as it is now. */
  findRole(userId: string): Promise<Role>;
  quotas: SessionQuotas;
  /** What the files of a session may take; a fork copies no more. Infinite where nothing bounds them. */
  maxDiskBytes: number;
  defaultModel: string | undefined;
  idleTimeoutMs: number;
  stallTimeoutMs: number;
}
