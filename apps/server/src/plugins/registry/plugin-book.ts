import type { Readable } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { AuditRecorder } from '../../audit/audit-log.ts';
import type { JsonObject } from '../../audit/canonical-json.ts';
import { toFactActor, type AuditAction } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Clock, UptimeClock } from '../../lib/clock.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { Store } from '../../store/port.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ActivePlugins } from '../active-plugins.ts';
import { toContentKey, type ContentStore } from '../content/content-store.ts';
import { createContentSweeper } from '../content/content-sweeper.ts';
import { createSharedContent, type SharedContent } from '../content/shared-content.ts';
import type { PluginData } from '../plugin-data.ts';
import { listDigests, type PluginRecord } from '../plugin-release.ts';
import type { TakeInDeps } from '../sources/fetched.ts';
import { receiveArchive, type ReceivedArchive } from '../sources/receive-archive.ts';
import { takeIn, type Incoming, type TakenIn } from '../sources/take-in.ts';
import { assertMayConfigure } from './assert-may-configure.ts';
import { assertSecretNames } from './assert-secret-names.ts';
import { toChangedServer, type ServerChange } from './change-server.ts';
import * as lifecycle from './lifecycle.ts';
import { PluginCatalogue, type KnownPlugin } from './plugin-catalogue.ts';
import { toChanged, toTaken } from './plugin-conflicts.ts';
import { PluginWatch } from './plugin-watch.ts';
import { toDetails, toRow } from './stored-plugin.ts';
import type { PluginView } from './to-view.ts';

export interface PluginBookDeps extends TakeInDeps {
  store: Pick<Store, 'plugins' | 'pluginContents' | 'transaction'>;
  audit: AuditRecorder;
  logger: Pick<Logger, 'error' | 'info' | 'warn'>;
  content: ContentStore;
  /** Whether other servers, with disks of their own, may share the store. */
  sharesContent: boolean;
  data: PluginData;
  /** What the rest of the server sees. */
  active: ActivePlugins;
  clock: Clock & UptimeClock;
}

/**
 * The changes of plugins. The store has them, the content is on the disk, and `PluginWatch` looks at both for what other
 * servers and people have changed. Whether somebody may do something was decided before.
 *
 * Over 100 lines: one method for each step in the life of a plugin, and what they share.
 */
export class PluginBook {
  readonly #deps: PluginBookDeps;
  readonly #catalogue: PluginCatalogue;
  readonly #watch: PluginWatch;
  readonly #shared: SharedContent | undefined;
  /** One after the other, so that a name is taken once. */
  readonly #changes = createSerialQueue();
  /** Ends what is being fetched when the server stops. */
  readonly #stopped = new AbortController();

  constructor(deps: PluginBookDeps) {
    const { active, clock } = deps;
    this.#deps = deps;
    this.#catalogue = new PluginCatalogue(deps);
    const uptimeMs = () => clock.uptimeMs();
    this.#shared = deps.sharesContent ? createSharedContent(deps) : undefined;
    this.#watch = new PluginWatch({
      ...{ ...deps, catalogue: this.#catalogue, changes: this.#changes, shared: this.#shared },
      sweeper: createContentSweeper({ ...deps, isHeld: (each) => active.isHeld(each), uptimeMs }),
      stopped: this.#stopped.signal,
    });
  }

  /** Rejects where the registry cannot be read. Content that nothing refers to is removed. */
  async start(): Promise<void> {
    await this.#catalogue.read();
    await this.#deps.content.sweep(new Set(this.#catalogue.listContent().map(toContentKey)));
    this.#watch.start();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#watch.close();
    await this.#changes.idle();
  }

  /** Removes content that nothing refers to and no process has, once it is so for five minutes. Done every minute. */
  sweep(): Promise<void> {
    return this.#watch.sweep();
  }

  get maxArchiveBytes(): number {
    return this.#deps.limits.maxBytes;
  }

  /** See `PluginCatalogue`. */
  list(): PluginView[] {
    return this.#catalogue.list();
  }

  /** @throws CspError `not_found` */
  get(name: string): PluginView {
    return this.#catalogue.get(name);
  }

  /** @throws CspError `not_found`, or `state_conflict` where it was only discovered */
  find(name: string): PluginRecord {
    return this.#catalogue.find(name).record;
  }

  /** @throws CspError `too_large` */
  receive(source: Readable, filename: string | undefined): Promise<ReceivedArchive> {
    const { content } = this.#deps;
    return receiveArchive(source, { filename, maxBytes: this.maxArchiveBytes, content });
  }

  /**
   * Takes a plugin in.
   * @throws CspError `invalid_request` with the problems of what cannot be used; `state_conflict` for a name that is taken.
   */
  async install(actor: Actor, incoming: Incoming): Promise<PluginView> {
    await using taken = await takeIn(incoming, { ...this.#deps, signal: this.#stopped.signal });
    const { name, release } = taken;
    await this.#share(taken);
    return await this.#changes.run(async () => {
      await this.#catalogue.read();
      if (this.#catalogue.plugins.has(name)) throw toTaken(name);
      await this.#publish(taken);
      const record = lifecycle.toRegistered(release);
      const stored = await this.#deps.store.transaction(async (transaction) => {
        const created = await transaction.plugins.create(toRow(name, record));
        if (created === undefined) throw toTaken(name);
        await this.#record({ actor, action: 'plugin.install', name, details: toDetails(release) }, transaction);
        return created;
      });
      return this.#catalogue.put(stored);
    });
  }

  /** @throws CspError as `lifecycle.activate` does, `state_conflict` where its content is missing, or it was changed since it was looked at */
  activate(actor: Actor, name: string, activation: lifecycle.Activation): Promise<PluginView> {
    return this.#change({ actor, action: 'plugin.activate', name }, async ({ stored, record }) => {
      // Where a secret goes may be a matter of the configuration.
      if (activation.revision !== undefined && activation.revision !== stored.revision) throw toChanged(name);
      const next = lifecycle.activate(record, activation);
      // Another server may have taken it in within the last second.
      await this.#shared?.even(listDigests(next).map((digest) => ({ name, digest })));
      if (!(await this.#catalogue.hasContent(name, next.release)))
        throw new CspError(
          'state_conflict',
          `The content of the plugin ${name} is missing on this server. Upgrade it first`,
        );
      const { granted, trusted } = next;
      return { next, details: { ...toDetails(next.release), granted: { ...granted }, trusted } };
    });
  }

  /** @throws CspError `state_conflict` where it is not active */
  deactivate(actor: Actor, name: string): Promise<PluginView> {
    return this.#change({ actor, action: 'plugin.deactivate', name }, async ({ record }) => ({
      next: lifecycle.deactivate(record),
      details: toDetails(record.release),
    }));
  }

  /**
   * Takes in another version: from the source that is named, or from where the plugin came.
   * @throws CspError as `install` and `lifecycle.upgrade` do
   */
  upgrade(actor: Actor, name: string, incoming?: Incoming): Promise<PluginView> {
    return this.#upgrade(actor, name, incoming);
  }

  /**
   * Changes a bare MCP server, by the rules of an upgrade.
   * @throws CspError as `toChangedServer` and `upgrade` do; `state_conflict` where another version than the one of `change` serves
   */
  changeServer(actor: Actor, name: string, change: ServerChange): Promise<PluginView> {
    const { source, changed } = toChangedServer(this.#catalogue.find(name).record.release.source, change);
    return this.#upgrade(actor, name, source, { from: change.digest, changed });
  }

  async #upgrade(
    actor: Actor,
    name: string,
    incoming: Incoming | undefined,
    change?: { from: string; changed: string[] },
  ): Promise<PluginView> {
    const { source } = this.#catalogue.find(name).record.release;
    const from = incoming ?? (source.type === 'archive' ? undefined : source);
    if (from === undefined)
      throw new CspError('invalid_request', 'The plugin came as an archive: send the next version as the part "file"', {
        details: { field: 'file' },
      });
    await using taken = await takeIn(from, { ...this.#deps, signal: this.#stopped.signal });
    if (taken.name !== name)
      throw new CspError(
        'invalid_request',
        `The source is the plugin ${taken.name}, and not ${name}. Take it in by itself`,
      );
    await this.#share(taken);
    return await this.#change({ actor, action: 'plugin.upgrade', name }, async ({ record, hasContent }) => {
      // The same version again mends a plugin whose content is missing.
      if (change !== undefined && change.from !== record.release.digest) throw toChanged(name);
      const isSame = taken.release.digest === record.release.digest;
      const next = isSame && !hasContent ? record : lifecycle.upgrade(record, taken.release);
      await this.#publish(taken);
      const from_digest = record.release.digest;
      const details = { ...toDetails(taken.release), from_digest, waits: next.pending !== null };
      return { next, details: { ...details, ...(change && { changed: change.changed }) } };
    });
  }

  /** @throws CspError `state_conflict` where there is no version before */
  rollBack(actor: Actor, name: string): Promise<PluginView> {
    return this.#change({ actor, action: 'plugin.roll_back', name }, async ({ record }) => {
      const next = lifecycle.rollBack(record);
      return { next, details: { ...toDetails(next.release), from_digest: record.release.digest } };
    });
  }

  /**
   * @throws CspError `invalid_request` where it does not fit the schema or has a key for a secret's name; `permission_denied` where it leads a server that
   * gets secrets elsewhere, or has other texts for code that gets them, and the actor may not grant them
   */
  configure(actor: Actor, name: string, configuration: JsonObject): Promise<PluginView> {
    return this.#change({ actor, action: 'plugin.configure', name }, async ({ record }) => {
      assertSecretNames(record.release.manifest, configuration, this.#deps.findSecret);
      const next = lifecycle.configure(record, configuration);
      const [before, after] = [this.#catalogue.toActive(name, record), this.#catalogue.toActive(name, next)];
      const leadsTo = assertMayConfigure(actor, before, after).map(({ server, to }) => ({ server, to }));
      const details = { ...toDetails(record.release), fields: Object.keys(configuration) };
      return { next, details: { ...details, ...(leadsTo.length > 0 && { leads_to: leadsTo }) } };
    });
  }

  /** New sessions do without it at once. Its content goes when no process has it any more. */
  remove(actor: Actor, name: string): Promise<void> {
    return this.#changes.run(async () => {
      await this.#catalogue.read();
      const { stored, record } = this.#catalogue.find(name);
      await this.#deps.store.transaction(async (transaction) => {
        if (!(await transaction.plugins.delete(name, stored.revision))) throw toChanged(name);
        await this.#record({ actor, action: 'plugin.remove', name, details: toDetails(record.release) }, transaction);
      });
      this.#catalogue.forget(name);
      await this.#deps.data.remove(name);
    });
  }

  async #change(
    fact: { actor: Actor; action: AuditAction; name: string },
    work: (known: KnownPlugin) => Promise<{ next: PluginRecord; details: JsonObject }>,
  ): Promise<PluginView> {
    const { name } = fact;
    return this.#changes.run(async () => {
      // Another server may have changed it within the last second.
      await this.#catalogue.read();
      const known = this.#catalogue.find(name);
      const { next, details } = await work(known);
      const stored = await this.#deps.store.transaction(async (transaction) => {
        const replaced = await transaction.plugins.replace(toRow(name, next), known.stored.revision);
        if (replaced === undefined) throw toChanged(name);
        await this.#record({ ...fact, details }, transaction);
        return replaced;
      });
      return this.#catalogue.put(stored);
    });
  }

  #record(
    { actor, action, name, details }: { actor: Actor; action: AuditAction; name: string; details: JsonObject },
    transaction: Parameters<AuditRecorder['record']>[1],
  ): Promise<void> {
    const target = { type: 'plugin', id: name } as const;
    return this.#deps.audit.record({ actor: toFactActor(actor), action, target, details }, transaction);
  }

  /** Before it is this server's own, so that no other change waits for it. What is refused after that goes with the next sweeps. */
  async #share({ path, name, release }: TakenIn): Promise<void> {
    if (path !== undefined) await this.#shared?.put({ name, digest: release.digest }, path);
  }

  async #publish({ path, name, release }: TakenIn): Promise<void> {
    if (path !== undefined) await this.#deps.content.publish(path, { name, digest: release.digest });
  }
}
