import { toDigestOf } from '../audit/canonical-json.ts';
import type { ActivePlugin, PluginSet } from './plugin-set.ts';

/** The plugin set of this server, as the registry last told it. */
export class ActivePlugins implements PluginSet {
  #current: readonly ActivePlugin[] = [];
  #fingerprint = toFingerprint([]);
  readonly #listeners = new Set<() => void>();

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

  /** Puts other plugins in place of those that there are. Tells nobody where a process gets the same from them. */
  replace(plugins: readonly ActivePlugin[]): void {
    const sorted = plugins.toSorted((a, b) => (a.name < b.name ? -1 : 1));
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
