import type { Logger } from '../../telemetry/logger.ts';
import { toContentKey, type ContentId, type ContentStore } from './content-store.ts';

export interface ContentSweeperDeps {
  content: Pick<ContentStore, 'list' | 'remove'>;
  /** Whether a process has it. */
  isHeld(content: ContentId): boolean;
  uptimeMs(): number;
  logger: Pick<Logger, 'warn'>;
}

export interface ContentSweeper {
  /**
   * Removes content that no plugin refers to and no process has. To be called again and again.
   * @param kept As `toContentKey` says it.
   */
  sweep(kept: ReadonlySet<string>): Promise<void>;
}

/** What does not hold the content that it uses, such as the trial of a server, ends before this. */
const UNUSED_MS = 5 * 60 * 1000;

export function createContentSweeper({ content, isHeld, uptimeMs, logger }: ContentSweeperDeps): ContentSweeper {
  let unusedSince = new Map<string, number>();
  return {
    async sweep(kept) {
      const now = uptimeMs();
      const found = (await content.list()).filter((each) => !kept.has(toContentKey(each)) && !isHeld(each));
      unusedSince = new Map(found.map(toContentKey).map((key) => [key, unusedSince.get(key) ?? now]));
      for (const each of found) {
        const key = toContentKey(each);
        if (now - (unusedSince.get(key) ?? now) < UNUSED_MS) continue;
        try {
          await content.remove(each);
          unusedSince.delete(key);
        } catch (error) {
          logger.warn({ err: error, plugin: each.name }, 'content of a plugin that nothing uses could not be removed');
        }
      }
    },
  };
}
