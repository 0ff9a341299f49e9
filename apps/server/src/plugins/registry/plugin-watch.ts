import type { SerialQueue } from '../../lib/serial-queue.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { toContentKey } from '../content/content-store.ts';
import type { ContentSweeper } from '../content/content-sweeper.ts';
import type { SharedContent } from '../content/shared-content.ts';
import type { PluginData } from '../plugin-data.ts';
import type { PluginCatalogue } from './plugin-catalogue.ts';

export interface PluginWatchDeps {
  catalogue: PluginCatalogue;
  /** What a look must not come in between of. */
  changes: SerialQueue;
  sweeper: ContentSweeper;
  /** Absent where this server is the only one. */
  shared: SharedContent | undefined;
  data: Pick<PluginData, 'measure'>;
  logger: Pick<Logger, 'error'>;
  /** Ends what takes long when the server stops. */
  stopped: AbortSignal;
}

/** Another server may have changed a plugin. It has to act within 2 s. */
const REFRESH_MS = 1000;
/** Of sweeping, and of measuring what plugins keep: once a minute. */
const REFRESHES_BETWEEN_SWEEPS = 60;

/** Looks every second for what other servers and people have changed, and clears away what is not used any more. */
export class PluginWatch {
  readonly #deps: PluginWatchDeps;
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;
  #sharing: Promise<void> | undefined;
  #measuring: Promise<void> | undefined;
  #refreshes = 0;
  #isFailing = false;

  constructor(deps: PluginWatchDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    }, REFRESH_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#refreshing;
    await this.#sharing;
    await this.#measuring;
  }

  /** Removes content that nothing refers to and nothing uses, here and in the database. */
  async sweep(): Promise<void> {
    const { changes, catalogue, sweeper, shared } = this.#deps;
    const kept = await changes.run(async () => {
      await catalogue.read();
      const content = new Set(catalogue.listContent().map(toContentKey));
      await sweeper.sweep(content);
      return content;
    });
    await shared?.sweep(kept);
  }

  async #refresh(): Promise<void> {
    const { changes, catalogue, shared, logger } = this.#deps;
    const isSweeping = this.#refreshes % REFRESHES_BETWEEN_SWEEPS === 0;
    this.#refreshes += 1;
    try {
      await changes.run(() => catalogue.read());
      // Nobody waits for large content: what was switched off elsewhere has to end meanwhile.
      this.#sharing ??= shared?.even(catalogue.listContent()).finally(() => (this.#sharing = undefined));
      if (isSweeping) await this.sweep();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) logger.error({ err: error }, 'the plugins could not be read; the last ones stay active');
      this.#isFailing = true;
    }
    if (isSweeping) this.#measure();
  }

  #measure(): void {
    const { data, catalogue, stopped } = this.#deps;
    this.#measuring ??= data
      .measure([...catalogue.plugins.keys()], stopped)
      .finally(() => (this.#measuring = undefined));
  }
}
