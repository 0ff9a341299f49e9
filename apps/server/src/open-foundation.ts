import { join } from 'node:path';

import { toDatabaseUrl } from './config/database-url.ts';
import type { Config } from './config/load-config.ts';
import { readDiskSpace } from './data-dir/disk-space.ts';
import { lockDataDir } from './data-dir/lock-data-dir.ts';
import { loadServerSecrets, type ServerSecrets } from './data-dir/server-secrets.ts';
import { assertRestored } from './data-dir/unfinished-restore.ts';
import { openSharedDir } from './data-dir/shared-dir.ts';
import { useOwnTempDir } from './data-dir/temp-dir.ts';
import { createUptimeClock, systemClock, type Clock, type UptimeClock } from './lib/clock.ts';
import type { ProcessLimits } from './lib/process-limits.ts';
import type { SecretsInUse } from './secrets/secrets-in-use.ts';
import { openStore } from './store/open-store.ts';
import { createStorageWatch, type StorageWatch } from './store/storage-watch.ts';
import type { Store } from './store/port.ts';
import { purgeOldRows } from './purge-old-rows.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { waitForStore } from './wait-for-store.ts';
import { createServerGit, type ServerGit } from './workspaces/git/run-git.ts';
import { createWorkspaces, type Workspaces } from './workspaces/workspaces.ts';

const MIB = 1024 * 1024;
/** As long as a fetch may take. */
const MAX_GIT_CPU_SECONDS = 60 * 60;

/** What every other part of the server needs. */
export interface Foundation {
  clock: Clock & UptimeClock;
  metrics: Metrics;
  secrets: ServerSecrets;
  /** What processes got of the secrets at rest. */
  secretsInUse: SecretsInUse;
  store: Store;
  /** Whether the server can store. */
  storage: StorageWatch;
  workspaces: Workspaces;
  /** Names where workspaces with their states are; the same for servers that share them. */
  placeId: string;
  /** Git on repositories that only the server writes. */
  serverGit: ServerGit;
  logger: Logger;
  /** Undefined where no traces are made. */
  tracing: Tracing | undefined;
  /** Removes the files that dead servers left in the temporary folder. */
  removeLeftTemporary(): Promise<void>;
}

/** Locks the data directory and opens the store, when its database can be reached. `opening` closes what was opened, last opened first. */
export async function openFoundation(
  config: Config,
  {
    logger,
    secretsInUse,
    opening,
    version,
  }: Pick<Foundation, 'logger' | 'secretsInUse'> & { opening: AsyncDisposableStack; version: string },
): Promise<Foundation> {
  const uptime = createUptimeClock();
  opening.defer(() => uptime.close());
  const clock = { ...systemClock, uptimeMs: uptime.uptimeMs };
  const metrics = createMetrics();
  opening.defer(() => metrics.close());

  const secrets = await loadServerSecrets(config);
  const tracing = await startTracing(config, { logger, metrics, version, secretsInUse, nodeId: secrets.nodeId });
  opening.defer(() => tracing?.close());
  opening.use(await lockDataDir(config.dataDir));
  await assertRestored(config.dataDir);
  const removeLeftTemporary = await useOwnTempDir(config.dataDir);
  metrics.onScrape(async () => {
    const space = await readDiskSpace(config.dataDir);
    metrics.dataDiskFree.set(space?.freeBytes ?? NaN);
    metrics.dataDiskSize.set(space?.sizeBytes ?? NaN);
    metrics.dataDiskFreeInodes.set(space?.freeInodes ?? NaN);
    metrics.dataDiskInodes.set(space?.inodes ?? NaN);
  });
  const onPurgeError = (error: unknown) =>
    logger.error({ err: error }, 'rows of deleted sessions could not be removed; the next start tries again');
  const watched: { storage?: StorageWatch } = {};
  const store = opening.use(
    await waitForStore(
      () =>
        openStore({
          url: toDatabaseUrl(config),
          onConnectionError: (error) => logger.warn({ err: error }, 'a database connection broke'),
          onPurgeError,
          onError: (code) => {
            metrics.storeErrors.inc({ code });
            watched.storage?.noteFault(code);
          },
        }),
      { config, logger },
    ),
  );
  const { nodeId } = secrets;
  const { placeId, place } = await openSharedDir(config, { settings: store.settings, nodeId });
  // From before it shared; what they take is counted where they are now.
  if (place !== undefined) await store.diskUse.forgetPlace(nodeId);
  const { dataDir, sharedDir } = config;
  const workspaces = createWorkspaces({ dataDir, sharedDir, nodeId, place });
  const storage = createStorageWatch({
    ...{ store, clock, logger },
    probes: listProbes(config, nodeId),
    assertThere: () => workspaces.assertThere(),
  });
  watched.storage = storage;
  storage.start();
  opening.defer(() => storage.close());
  store.purgeDeleted().catch(onPurgeError);
  purgeOldRows(config, { store, clock, logger, opening });
  const serverGit = createServerGit({ path: config.toolEnvironment['PATH'] ?? '', limits: toGitLimits(config) });
  return {
    ...{ clock, metrics, secrets, secretsInUse, store, storage, workspaces, placeId, serverGit, logger, tracing },
    removeLeftTemporary,
  };
}

/** Files that show whether the disks can be written on which the server stores. */
function listProbes({ dataDir, sharedDir }: Config, nodeId: string): string[] {
  const own = join(dataDir, 'tmp', 'write-check');
  return sharedDir === undefined ? [own] : [own, join(sharedDir, 'tmp', `write-check-${nodeId}`)];
}

/** Of one process of git on mirrors, which people fill with what they like. */
function toGitLimits({ maxSessionRssMb, maxRepositoriesMb }: Config): ProcessLimits {
  return {
    maxDataBytes: maxSessionRssMb * MIB,
    maxFileBytes: maxRepositoriesMb * MIB,
    maxCpuSeconds: MAX_GIT_CPU_SECONDS,
  };
}

/** Loads OpenTelemetry only where traces are made. */
async function startTracing(
  { tracing: settings }: Config,
  deps: Pick<Foundation, 'logger' | 'metrics' | 'secretsInUse'> & { version: string; nodeId: string },
): Promise<Tracing | undefined> {
  if (settings === undefined) return undefined;
  const { openTracing } = await import('./telemetry/open-tracing.ts');
  return openTracing({ ...deps, settings, mask: (value) => deps.secretsInUse.mask(value) });
}
