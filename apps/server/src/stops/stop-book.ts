import { createId, CspError } from '@claude-sdk-pattern/protocol';

import type { AuditRecorder } from '../audit/audit-log.ts';
import type { JsonObject } from '../audit/canonical-json.ts';
import { toFactActor, toKeyDetails } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import { createRefresher, type Refresher } from '../lib/refresher.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { findWorkStop, storedStops, type Stop, type StoredStops, type Worker } from './stop.ts';

export interface StopBookDeps {
  store: Pick<Store, 'kind' | 'settings' | 'transaction' | 'appends'>;
  audit: Pick<AuditRecorder, 'record'>;
  /** The id of this server. */
  nodeId: string;
  metrics: Pick<Metrics, 'stops'>;
  now(): number;
  logger: Pick<Logger, 'error'>;
}

export type NewStop = Pick<Stop, 'scope' | 'targetId' | 'reason'>;

const KEY = 'stops';
/** Where another server's notice that it has stopped something is lost, as at a break of the connection that brings it. */
const REFRESH_MS = 400;
const NOTHING: StoredStops = { version: 0, stops: [] };

/** What is stopped, as the store has it. It outlasts the server, and every server that shares the store acts on it. */
export class StopBook {
  readonly #deps: StopBookDeps;
  readonly #listeners = new Set<() => void>();
  #stored = NOTHING;
  readonly #refresher: Refresher;
  #stopListening = (): unknown => undefined;

  constructor(deps: StopBookDeps) {
    this.#deps = deps;
    this.#refresher = createRefresher({
      everyMs: REFRESH_MS,
      read: () => this.#read(),
      onUnreadable: (error) =>
        deps.logger.error({ err: error }, 'what is stopped could not be read; the last list stays in force'),
    });
  }

  /** Rejects where the list cannot be read: no turn begins without it. */
  async start(): Promise<void> {
    const { store } = this.#deps;
    // No other server has a SQLite file.
    if (store.kind === 'sqlite') return this.#read();
    this.#stopListening = store.appends.listen({
      onAppended: () => undefined,
      onMissed: () => void this.#refresher.readNow(),
      onSettingChanged: (key) => void (key === KEY && this.#refresher.readNow()),
    });
    await this.#read();
    this.#refresher.start();
  }

  close(): void {
    this.#stopListening();
    this.#refresher.close();
  }

  /** Oldest first. */
  get all(): readonly Stop[] {
    return this.#stored.stops;
  }

  /** Why this server takes no new turns; undefined while it does. */
  get drain(): Stop | undefined {
    return this.all.find(({ scope, targetId }) => scope === 'node' && targetId === this.#deps.nodeId);
  }

  /** Why somebody's turns and model calls are stopped. */
  findWorkStop(worker: Worker): Stop | undefined {
    return this.all.length === 0 ? undefined : findWorkStop(this.all, worker);
  }

  /** Why somebody may begin no turn here: also while the server drains. */
  findTurnStop(worker: Worker): Stop | undefined {
    return this.findWorkStop(worker) ?? this.drain;
  }

  /** Told when something was stopped or lifted, here or elsewhere. Returns the unsubscriber. */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Stops something. `affected` goes to the audit log, with who and why.
   * @throws CspError `state_conflict` where it is stopped already, with the `id` of that stop in its details
   */
  async stop(actor: Actor, { scope, targetId, reason }: NewStop, affected: JsonObject = {}): Promise<Stop> {
    const now = this.#deps.now();
    const stop: Stop = {
      ...{ id: createId('stop', now), scope, targetId, reason },
      ...{ createdBy: actor.userId, createdAt: new Date(now).toISOString() },
    };
    await this.#write(actor, { action: 'work.stop', stop, details: { affected } }, (stops) => {
      const before = stops.find((each) => each.scope === scope && each.targetId === targetId);
      if (before !== undefined)
        throw new CspError('state_conflict', `That is stopped already, since ${before.createdAt}: ${before.reason}`, {
          details: { id: before.id },
        });
      return [...stops, stop];
    });
    return stop;
  }

  /** Lifts a stop. @throws CspError `not_found` */
  async lift(actor: Actor, id: string): Promise<void> {
    const stop = this.all.find((each) => each.id === id) ?? (await this.#findStored(id));
    if (stop === undefined) throw toNotFound(id);
    await this.#write(actor, { action: 'work.resume', stop, details: { stopped_at: stop.createdAt } }, (stops) => {
      if (!stops.some((each) => each.id === id)) throw toNotFound(id);
      return stops.filter((each) => each.id !== id);
    });
  }

  /** Another server may have made it within the last moment. */
  async #findStored(id: string): Promise<Stop | undefined> {
    await this.#read();
    return this.all.find((each) => each.id === id);
  }

  async #write(
    actor: Actor,
    fact: { action: 'work.stop' | 'work.resume'; stop: Stop; details: JsonObject },
    change: (stops: readonly Stop[]) => Stop[],
  ): Promise<void> {
    const { store, audit } = this.#deps;
    const { action, stop } = fact;
    const { scope, targetId, reason } = stop;
    const next = await store.transaction(async (transaction) => {
      const found = await transaction.settings.find(KEY);
      const before = found === undefined ? NOTHING : storedStops.parse(found);
      const value: StoredStops = { version: before.version + 1, stops: change(before.stops) };
      if (!(await transaction.settings.replace(KEY, { expected: found, value })))
        throw new CspError('state_conflict', 'Somebody else stops or lifts something at this moment. Try again');
      await store.appends.tellSetting(KEY, transaction);
      const details = { scope, target_id: targetId === '' ? null : targetId, reason, ...fact.details };
      await audit.record(
        {
          ...{ actor: toFactActor(actor), action, target: { type: 'stop', id: stop.id } },
          details: { ...details, ...toKeyDetails(actor) },
        },
        transaction,
      );
      return value;
    });
    this.#put(next);
  }

  async #read(): Promise<void> {
    const found = await this.#deps.store.settings.find(KEY);
    if (found !== undefined) this.#put(storedStops.parse(found));
    else this.#measure();
  }

  #put(next: StoredStops): void {
    // A read that began before a change here is older than it.
    if (next.version <= this.#stored.version) return;
    this.#stored = next;
    this.#measure();
    for (const listener of this.#listeners) listener();
  }

  #measure(): void {
    const { metrics, nodeId } = this.#deps;
    const count = (scope: Stop['scope'], isHere: (stop: Stop) => boolean = () => true) =>
      this.all.filter((stop) => stop.scope === scope && isHere(stop)).length;
    for (const scope of ['platform', 'user', 'agent', 'plugin'] as const) metrics.stops.set({ scope }, count(scope));
    metrics.stops.set(
      { scope: 'node' },
      count('node', ({ targetId }) => targetId === nodeId),
    );
  }
}

function toNotFound(id: string): CspError {
  return new CspError('not_found', `There is no stop ${id}. It may be lifted already`);
}
