import { toDigestOf } from '../audit/canonical-json.ts';
import type { NamedVersion } from '../definitions/agent-skills.ts';
import { makeRoom } from '../lib/make-room.ts';
import { toContentKey, type ContentId } from './content/content-store.ts';
import { toServedFolder } from './delivery/served-folder.ts';
import type { ActivePlugin, PluginSet } from './plugin-set.ts';
import { toAgentPlugin } from './skills/agent-plugin.ts';

/** Most sets of skills that are remembered: a process starts soon after it was planned. */
const MAX_REMEMBERED = 1000;

/** The plugin set of this server, as the registry last told it. */
export class ActivePlugins implements PluginSet {
  #current: readonly ActivePlugin[] = [];
  /** Also those that an operator has stopped. */
  #all: readonly ActivePlugin[] = [];
  #stopped: ReadonlySet<string> = new Set();
  #fingerprint = toFingerprint([]);
  readonly #listeners = new Set<() => void>();
  readonly #skillsDir: string;
  readonly #ofAgents = new Map<string, ActivePlugin>();
  readonly #usedSkills = new Set<string>();
  /** How many processes have which content. */
  readonly #holders = new Map<string, number>();

  /** @param skillsDir Where the content of uploaded skills is. */
  constructor({ skillsDir = '' }: { skillsDir?: string } = {}) {
    this.#skillsDir = skillsDir;
  }

  get current(): readonly ActivePlugin[] {
    return this.#current;
  }

  get fingerprint(): string {
    return this.#fingerprint;
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ofAgent(versions: readonly NamedVersion[]): ActivePlugin | undefined {
    if (versions.length === 0) return undefined;
    const plugin = toAgentPlugin(versions, this.#skillsDir);
    this.remember(plugin);
    for (const { digest } of versions) this.#usedSkills.add(digest);
    return plugin;
  }

  remember(plugin: ActivePlugin): void {
    const path = toServedFolder(plugin)?.path ?? '';
    if (this.#ofAgents.has(path)) return;
    makeRoom(this.#ofAgents, MAX_REMEMBERED);
    this.#ofAgents.set(path, plugin);
  }

  findOfAgent(path: string): ActivePlugin | undefined {
    return this.#ofAgents.get(path);
  }

  hold(plugins: readonly ContentId[]): Disposable {
    const held = new DisposableStack();
    for (const key of plugins.map(toContentKey)) {
      this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1);
      held.defer(() => {
        const left = (this.#holders.get(key) ?? 1) - 1;
        if (left > 0) this.#holders.set(key, left);
        else this.#holders.delete(key);
      });
    }
    return held;
  }

  /** Whether something holds it. */
  isHeld(content: ContentId): boolean {
    return this.#holders.has(toContentKey(content));
  }

  /** Whether a process may have content of this digest, since this server started. */
  hasServedSkill(digest: string): boolean {
    return this.#usedSkills.has(digest);
  }

  /** Puts other plugins in place of those that there are. Tells nobody where a process gets the same from them. */
  replace(plugins: readonly ActivePlugin[]): void {
    this.#all = plugins.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#update();
  }

  /** Leaves out the plugins of these names, which an operator has stopped, until they are left out here. */
  leaveOut(names: ReadonlySet<string>): void {
    this.#stopped = names;
    this.#update();
  }

  #update(): void {
    const sorted = this.#all.filter(({ name }) => !this.#stopped.has(name));
    const fingerprint = toFingerprint(sorted);
    if (fingerprint === this.#fingerprint) return;
    this.#current = sorted;
    this.#fingerprint = fingerprint;
    for (const listener of this.#listeners) listener();
  }
}

/** Of all that a process gets from plugins. The digest stands for the content and the manifest. */
function toFingerprint(plugins: readonly ActivePlugin[]): string {
  const parts = plugins.map(({ name, digest, granted, configuration, trusted }) => ({
    ...{ name, digest, granted, configuration, trusted },
  }));
  return toDigestOf(parts).slice(0, 12);
}
