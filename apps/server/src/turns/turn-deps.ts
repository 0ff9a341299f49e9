import type { AuditRecorder } from '../audit/audit-log.ts';
import type { Budgets } from '../budgets/open-budgets.ts';
import type { FileService } from '../files/file-service.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { PluginSet } from '../plugins/plugin-set.ts';
import type { Processes } from '../processes/processes.ts';
import type { SecretsInUse } from '../secrets/secrets-in-use.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { StopBook } from '../stops/stop-book.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { UsageRecorder } from '../usage/usage-recorder.ts';

/** Dependencies that the turns of every session get from the platform. */
export interface TurnDeps {
  store: Store;
  audit: AuditRecorder;
  files: Pick<FileService, 'get' | 'readForSession'>;
  journal: Journal;
  plugins: PluginSet;
  processes: Pick<Processes, 'acquire'>;
  /** Usage of model calls, committed with the end of their turn at the latest. */
  usage: Pick<UsageRecorder, 'take' | 'flush'>;
  /** How much may be spent. */
  budgets: Pick<Budgets, 'findReached' | 'findFall'>;
  /** What operators have stopped. */
  stops: Pick<StopBook, 'findWorkStop' | 'findTurnStop'>;
  /** What processes got of the secrets at rest. */
  secretsInUse: Pick<SecretsInUse, 'of'>;
  clock: Clock & UptimeClock;
  /** Absent where no traces are made. */
  tracing?: Tracing | undefined;
  logger: Logger;
  defaultModel: string | undefined;
}
