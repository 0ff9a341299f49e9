import type { AgentCommandBook } from '../agent-process/agent-commands.ts';
import type { FileService } from '../files/file-service.ts';
import type { Role } from '../identity/actor.ts';
import type { Host, Networking } from '../hosts/host.ts';
import type { Journal } from '../journal/journal.ts';
import type { Limiter } from '../lib/limiter.ts';
import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { SessionTokens } from '../model-gateway/session-tokens.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { UsageRecorder } from '../usage/usage-recorder.ts';
import type { SessionPool } from './create-warm-pool.ts';
import type { Places } from '../processes/places.ts';
import type { SessionQuotas } from './quotas.ts';

/** What every session needs from the platform. */
export interface SessionDeps {
  store: Store;
  files: Pick<FileService, 'get' | 'readOwned'>;
  journal: Journal;
  places: Places;
  /** Bounds how many processes start together: a start costs about a CPU-second. */
  starts: Limiter;
  /** Started processes for sessions without a history. */
  pool: Pick<SessionPool, 'take' | 'state'>;
  /** Where agent processes run. */
  host: Host;
  /** What agents offer by a slash. */
  commands: AgentCommandBook;
  /** Of model calls. Flushed before a turn is reported as ended. */
  usage: Pick<UsageRecorder, 'flush'>;
  tokens: SessionTokens;
  clock: Clock & UptimeClock;
  logger: Logger;
  /** This server among those of the deployment; stays the same over restarts. */
  nodeId: string;
  dataDir: string;
  /** Where agent processes find the model. */
  gatewayUrl: string;
  /** What a user may do, as it is now. */
  findRole(userId: string): Promise<Role>;
  /** What agents may reach at most; an environment can only take away from it. */
  agentNetwork: Networking;
  /** PATH of agent processes. */
  agentPath: string;
  /** How often a model call that fails for a reason that may pass is made again. */
  modelMaxRetries: number;
  quotas: SessionQuotas;
  /** What the files of a session may take; a fork copies no more. Infinite where nothing bounds them. */
  maxDiskBytes: number;
  defaultModel: string | undefined;
  idleTimeoutMs: number;
  stallTimeoutMs: number;
}
