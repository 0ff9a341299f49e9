import { availableParallelism } from 'node:os';

import type { ProcessReadyEvent } from '@claude-sdk-pattern/protocol';

import type { AgentCommandBook } from '../agent-process/agent-commands.ts';
import type { AgentProcess } from '../agent-process/agent-process.ts';
import type { Host, Networking } from '../hosts/host.ts';
import type { Clock, UptimeClock } from '../lib/clock.ts';
import { createCpuLoad } from '../lib/cpu-load.ts';
import type { Limiter } from '../lib/limiter.ts';
import type { SessionTokens, TokenHolder } from '../model-gateway/session-tokens.ts';
import type { PluginFolders } from '../plugins/delivery/plugin-folders.ts';
import type { PluginSet } from '../plugins/plugin-set.ts';
import { openDefaultProfile } from './default-profile.ts';
import type { Profile } from './profile.ts';
import { createSharedPlaces, type PlaceLimits, type SharedPlaces } from './shared-places.ts';
import { createSpareStarter } from './spare-starter.ts';
import type { Supervisor } from './supervisor.ts';
import type { Spare } from './warm-pool.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { DiskLimits } from '../workspaces/judge-disk.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { createAgent, type AgentDeps, type AgentPlan } from './create-agent.ts';
import { createDiskWatch, type DiskWatch, type DiskWatchDeps } from './disk-watch.ts';
import type { ProcessHolder } from './process-holder.ts';
import { createProcessOperations, type ProcessOperations } from './process-operations.ts';
import { createProcessWatch } from './process-watch.ts';

export interface ProcessesDeps {
  store: Pick<Store, 'agents' | 'environments' | 'skills' | 'transcripts' | 'diskUse'>;
  /** Bounds how many processes start together: a start costs about a CPU-second. */
  starts: Limiter;
  /** The id of this server. */
  nodeId: string;
  /** Names where its workspaces are. */
  placeId: string;
  /** Where agent processes run. */
  host: Host;
  mcp: AgentDeps['mcp'];
  /** The slash commands that agents offer. */
  commands: AgentCommandBook;
  /** What every process gets, besides what its agent says. */
  plugins: PluginSet;
  pluginFolders: PluginFolders;
  tokens: SessionTokens;
  clock: Clock & UptimeClock;
  logger: Logger;
  metrics: Metrics;
  workspaces: Workspaces;
  /** URL of the model gateway for agent processes. */
  gatewayUrl: string;
  /** PATH of agent processes. */
  agentPath: string;
  /** Upper bound of the agents' network access; an environment can only restrict it further. */
  agentNetwork: Networking;
  /** Where processes report what they do; undefined where they do not. */
  reportsUrl?: string | undefined;
  /** How often a model call that fails for a reason that may pass is made again. */
  modelMaxRetries: number;
  /** Whether commands may run beside the conversation. */
  backgroundTasks: boolean;
  defaultModel: string | undefined;
  limits: ProcessLimits;
}

export interface ProcessLimits extends PlaceLimits {
  /** Limit for the memory of a process together with its descendants. */
  maxRssBytes: number;
  maxDurationSeconds: number;
  /** For the folders of one session. */
  disk: DiskLimits;
  /** For those of all sessions of one user. */
  userDisk: DiskLimits;
}

export interface AcquireRequest {
  profile: Profile;
  ownerId: string;
  plan: AgentPlan;
  /** The session has no messages, no files and no vaults, so a spare with its own folders can serve. */
  isNew: boolean;
  /** Who makes the model calls of the process. */
  holder: TokenHolder;
  /** Ends the wait for a place. Once it is aborted, the process can make no more model calls. */
  signal: AbortSignal;
  /** Called when the request has to wait, and whenever its place in the queue changes; 1 is next. */
  onPosition(position: number): void;
  /** Called when there is a place and a new process will be started; not called for a spare. */
  onPlace(): void;
}

/** The right to one live process, and the process. Dispose of it when the process is gone. */
export interface ProcessLease extends Disposable {
  readonly agent: AgentProcess;
  readonly startedAs: ProcessReadyEvent['start'];
  /** A process that runs already, with a transcript and folders of its own; undefined for a new one. */
  readonly spare: Pick<Spare, 'agentSessionId' | 'dirs'> | undefined;
  /** Starts a new process; a spare has been started. Rejects as `AgentProcess.start` does. */
  start(): Promise<void>;
}

/** The sessions, as the owners of processes. */
export interface ProcessHolders {
  list(): readonly ProcessHolder[];
  /** Calls back with the id of each deleted session. Returns the unsubscriber. */
  onDeleted(listener: (sessionId: string) => void): () => void;
}

/** Decides how many agent processes run, who gets the next one, and whose process ends to free a place. */
export interface Processes extends Pick<
  SharedPlaces<Profile, Spare>,
  'refusal' | 'shouldStartAhead' | 'canStartAhead' | 'noteChange'
> {
  /**
   * A process for a session: a spare of its profile, or a new one as soon as there is a place, fairly among users.
   * @throws CspError `overloaded` when it has waited for too long.
   */
  acquire(request: AcquireRequest): Promise<ProcessLease>;
  readonly operations: ProcessOperations;
  /** Sets the holders of processes. Call it once, before `start`. */
  serve(holders: ProcessHolders): void;
  /** Begins to keep spares and to watch every process. */
  start(): void;
  /** Stops watching processes. To be called before sessions end theirs. */
  stopWatching(): Promise<void>;
  /** Ends every spare, and starts no other one. */
  endSpares(): Promise<void>;
}

export async function createProcesses(deps: ProcessesDeps): Promise<Processes> {
  const { logger, limits, tokens, metrics } = deps;
  let holders: ProcessHolders = { list: () => [], onDeleted: () => () => undefined };
  const listHolders = () => holders.list();
  const defaultProfile = await openDefaultProfile(deps, logger);
  const spares = createSpareStarter(deps);
  const places = createSharedPlaces<Profile, Spare>({
    ...deps,
    holders: listHolders,
    cores: availableParallelism(),
    load: createCpuLoad(),
    availableBytes: () => process.availableMemory(),
    defaultProfile: () => defaultProfile.current,
    startSpare: (profile, place) => spares.start(profile, place),
    endSpare: (spare) => spares.end(spare),
  });
  const { pool } = places;
  const supervisor: Supervisor = createProcessWatch({ ...deps, holders: listHolders, pool });
  metrics.onScrape(() => {
    const { readyByProfile, starting, failures } = pool.state;
    const { fingerprint } = defaultProfile.current;
    metrics.prewarmPoolSize.reset();
    for (const [profile, ready] of new Map([[fingerprint, 0], ...readyByProfile]))
      metrics.prewarmPoolSize.set({ profile, state: 'ready' }, ready);
    metrics.prewarmPoolSize.set({ profile: fingerprint, state: 'starting' }, starting);
    metrics.prewarmStartFailures.set(failures);
    metrics.processQueueLength.set(places.waiting);
  });
  let diskWatch: DiskWatch | undefined;

  return {
    async acquire({ profile, ownerId, plan, isNew, holder, signal, onPosition, onPlace }) {
      using held = new DisposableStack();
      /** Revokes the token when the session releases the process, so that it makes no model call while it ends. */
      const holdToken = (token: string) => {
        const revoke = () => tokens.revoke(token);
        signal.addEventListener('abort', revoke, { once: true });
        if (signal.aborted) revoke();
        held.defer(revoke);
      };
      held.use(deps.plugins.hold(profile.settings.plugins));
      const { place, spare } = await places.acquire({ profile, ownerId, isNew, onPosition, signal });
      held.defer(() => place.release());
      if (spare) {
        holdToken(spare.token);
        tokens.assign(spare.token, holder);
        return toLease(held.move(), { agent: spare.agent, startedAs: 'warm', spare, start: () => Promise.resolve() });
      }
      onPlace();
      const token = tokens.issue(holder);
      holdToken(token);
      const agent = createAgent(deps, plan, token);
      const startedAs = plan.resume ? 'resumed' : 'cold';
      const start = () => deps.starts.run(() => agent.start());
      return toLease(held.move(), { agent, startedAs, spare: undefined, start });
    },

    refusal: (ownerId) => places.refusal(ownerId),
    shouldStartAhead: (profile) => places.shouldStartAhead(profile),
    get canStartAhead() {
      return places.canStartAhead;
    },
    noteChange: () => places.noteChange(),

    operations: createProcessOperations({
      ...{ holders: listHolders, supervisor, places, pool, limits },
      nodeId: deps.nodeId,
    }),

    serve(served) {
      holders = served;
    },

    start() {
      defaultProfile.start();
      places.start();
      supervisor.start();
      diskWatch = createDiskWatch({ ...toDiskWatchDeps(deps, holders), supervisor });
      diskWatch.start();
    },

    async stopWatching() {
      await diskWatch?.close();
      await supervisor.close();
    },

    async endSpares() {
      spares.endStarting();
      await places.close();
      await defaultProfile.close();
    },
  };
}

function toLease(held: DisposableStack, lease: Omit<ProcessLease, typeof Symbol.dispose>): ProcessLease {
  return { ...lease, [Symbol.dispose]: () => held.dispose() };
}

function toDiskWatchDeps(
  { workspaces, store, placeId, metrics, logger, limits }: ProcessesDeps,
  { list, onDeleted }: ProcessHolders,
): Omit<DiskWatchDeps, 'supervisor'> {
  const { disk, userDisk } = limits;
  return { workspaces, store, placeId, metrics, logger, limits: disk, userLimits: userDisk, holders: list, onDeleted };
}
