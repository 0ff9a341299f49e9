import { CspError } from '@claude-sdk-pattern/protocol';

import type { StoredPlugin } from '../../store/plugins.ts';
import type { Store } from '../../store/port.ts';
import type { ActivePlugins } from '../active-plugins.ts';
import type { ContentId, ContentStore } from '../content/content-store.ts';
import { checkConfiguration } from '../manifest/configuration-schema.ts';
import type { PluginData } from '../plugin-data.ts';
import { listDigests, type PluginRecord, type PluginRelease } from '../plugin-release.ts';
import type { ActivePlugin } from '../plugin-set.ts';
import { createDiscovery, type DiscoveredPlugin, type Discovery } from './discover.ts';
import { findConflicts } from './find-conflicts.ts';
import { findCut } from './find-cut.ts';
import * as lifecycle from './lifecycle.ts';
import { toDiscoveredView, toState, toView, type PluginView, type Readiness } from './to-view.ts';

export interface PluginCatalogueDeps {
  store: Pick<Store, 'plugins'>;
  content: Pick<ContentStore, 'has' | 'toDir'>;
  data: Pick<PluginData, 'toDir' | 'sizeOf'>;
  /** What the rest of the server sees. */
  active: ActivePlugins;
  pluginDirs: readonly string[];
}

export interface KnownPlugin extends Readiness {
  stored: StoredPlugin;
  record: PluginRecord;
}

/** What this server knows of the plugins: what the store and the disk said when they were last read. */
export class PluginCatalogue {
  readonly #deps: PluginCatalogueDeps;
  readonly #discovery: Discovery;
  #plugins = new Map<string, KnownPlugin>();
  #discovered: DiscoveredPlugin[] = [];
  #seen = '';

  constructor(deps: PluginCatalogueDeps) {
    this.#deps = deps;
    this.#discovery = createDiscovery(deps.pluginDirs);
  }

  /** By name. */
  get plugins(): ReadonlyMap<string, KnownPlugin> {
    return this.#plugins;
  }

  /** All plugins by name, those that could be taken in among them. */
  list(): PluginView[] {
    const found = this.#discovered.filter(({ name }) => !this.#plugins.has(name)).map(toDiscoveredView);
    return [...this.#views(), ...found].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws CspError `not_found` */
  get(name: string): PluginView {
    const found = this.list().find((each) => each.name === name);
    if (found === undefined) throw toUnknown(name);
    return found;
  }

  /** @throws CspError `not_found`, or `state_conflict` where it was only discovered */
  find(name: string): KnownPlugin {
    const known = this.#plugins.get(name);
    if (known !== undefined) return known;
    if (this.#discovered.some((each) => each.name === name))
      throw new CspError(
        'state_conflict',
        `The plugin ${name} was only discovered. Take it in first, with its path as the source`,
      );
    throw toUnknown(name);
  }

  async hasContent(name: string, { root, digest }: PluginRelease): Promise<boolean> {
    return root === null || this.#deps.content.has({ name, digest });
  }

  async put(stored: StoredPlugin): Promise<PluginView> {
    const known = await this.#toKnown(stored);
    this.#plugins.set(stored.name, known);
    this.#tell();
    return this.get(stored.name);
  }

  forget(name: string): void {
    this.#plugins.delete(name);
    this.#tell();
  }

  toActive(name: string, { release, granted, configuration, trusted }: PluginRecord): ActivePlugin {
    const { version, digest, root, manifest, mcpServers, parts } = release;
    const contentDir = root === null ? null : this.#deps.content.toDir({ name, digest });
    return {
      ...{ name, version, digest, contentDir, manifest, mcpServers, parts, configuration, trusted },
      dir: contentDir === null ? null : toPluginDir(contentDir, root ?? ''),
      dataDir: this.#deps.data.toDir(name),
      granted: granted ?? lifecycle.NO_GRANTS,
    };
  }

  /** All content that plugins refer to: what serves, what was before, and what waits. */
  listContent(): ContentId[] {
    return [...this.#plugins].flatMap(([name, { record }]) => listDigests(record).map((digest) => ({ name, digest })));
  }

  /** Reads the store again where it has changed, and looks at the disk. Rejects where the store cannot be read. */
  async read(): Promise<void> {
    const seen = JSON.stringify(await this.#deps.store.plugins.listRevisions());
    const stored =
      seen === this.#seen
        ? [...this.#plugins.values()].map((known) => known.stored)
        : await this.#deps.store.plugins.list();
    const [known, discovered] = await Promise.all([
      Promise.all(stored.map((each) => this.#toKnown(each))),
      this.#discovery.look(),
    ]);
    // In one step with `tell`: nobody sees a plugin missing that still serves.
    this.#plugins = new Map(known.map((each) => [each.stored.name, each]));
    this.#seen = seen;
    this.#discovered = discovered;
    this.#tell();
  }

  async #toKnown(stored: StoredPlugin): Promise<KnownPlugin> {
    // This server, or another one of the same version, wrote it.
    const record = stored.record as PluginRecord;
    const before = this.#plugins.get(stored.name);
    // Checking takes milliseconds, and this is done every second.
    const isConfigured =
      before?.stored === stored
        ? before.isConfigured
        : checkConfiguration(record.release.manifest, record.configuration).length === 0;
    return { stored, record, isConfigured, hasContent: await this.hasContent(stored.name, record.release) };
  }

  #views(): PluginView[] {
    const conflicts = findConflicts(this.#deps.active.current);
    const cut = findCut(this.#deps.active.current);
    return [...this.#plugins].map(([name, { stored, record, ...readiness }]) => {
      const noticed = [...(conflicts.get(name) ?? []), ...(cut.get(name) ?? [])];
      const dataBytes = this.#deps.data.sizeOf(name);
      return toView({ name, revision: stored.revision, record }, { ...readiness, conflicts: noticed, dataBytes });
    });
  }

  #tell(): void {
    const serving = [...this.#plugins].filter(([, known]) => toState(known.record, known) === 'active');
    this.#deps.active.replace(serving.map(([name, { record }]) => this.toActive(name, record)));
  }
}

function toPluginDir(contentDir: string, root: string): string {
  return root === '' || root === '.' ? contentDir : `${contentDir}/${root}`;
}

function toUnknown(name: string): CspError {
  return new CspError('not_found', `There is no plugin ${name}`);
}
