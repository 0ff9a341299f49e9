import { CspError, type PluginFileReviewResource, type PluginReviewResource } from '@claude-sdk-pattern/protocol';

import { createLimiter } from '../../lib/limiter.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { PluginRecord, PluginRelease } from '../plugin-release.ts';
import { NO_GRANTS } from '../registry/lifecycle.ts';
import { compareFile } from './compare-content.ts';
import { compareTexts } from './compare-texts.ts';
import { openVersion, readText, type OpenVersion } from './open-version.ts';
import { reviewPlugin, type ReviewedVersions } from './review-plugin.ts';

/** Which version is reviewed: that which waits, that which a roll back goes to, or that which is there. */
export const REVIEWED = ['pending', 'previous', 'current'] as const;
export type Reviewed = (typeof REVIEWED)[number];

export interface PluginReviews {
  /**
   * @param version By default the one that waits, else the one that is there.
   * @throws CspError `not_found`, or `overloaded` where too many are asked for at once
   */
  review(name: string, version?: Reviewed): Promise<PluginReviewResource>;
  /**
   * @param path As a review lists it.
   * @throws CspError `not_found`, also for a file that was not changed; `invalid_request` for a path that leads out
   */
  reviewFile(name: string, path: string, version?: Reviewed): Promise<PluginFileReviewResource>;
}

export interface PluginReviewsDeps {
  /** @throws CspError `not_found` */
  find: (name: string) => PluginRecord;
  content: Pick<ContentStore, 'has' | 'toDir'>;
}

/** Of one file, which is asked for by itself. */
const MAX_FILE_LINES = 2000;
const MAX_FILE_CHARS = 512 * 1024;
const MAX_FILE_MS = 100;
/** Each reads all of two versions. */
const AT_ONCE = 2;
/** More are refused. */
const MAX_WAITING = 20;

/** Compares versions of plugins on this server. Reads only; nothing of a plugin is run. */
export function createPluginReviews({ find, content }: PluginReviewsDeps): PluginReviews {
  const limiter = createLimiter(AT_ONCE);
  let asked = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (asked >= AT_ONCE + MAX_WAITING)
      throw new CspError('overloaded', 'Many plugins are being compared. Try again in a few seconds');
    asked += 1;
    try {
      return await limiter.run(work);
    } finally {
      asked -= 1;
    }
  };
  const openOf = async (name: string, release: PluginRelease): Promise<OpenVersion> => {
    const { root, digest } = release;
    const isHere = root !== null && (await content.has({ name, digest }));
    return openVersion(release, isHere ? content.toDir({ name, digest }) : null);
  };
  const openBoth = async (name: string, version: Reviewed | undefined): Promise<ReviewedVersions> => {
    const { of, before, after, granted } = choose(name, find(name), version);
    return {
      ...{ name, of, granted },
      before: before && (await openOf(name, before)),
      after: await openOf(name, after),
    };
  };
  return {
    review: (name, version) => inTurn(async () => reviewPlugin(await openBoth(name, version))),
    reviewFile: (name, path, version) => inTurn(async () => reviewOneFile(await openBoth(name, version), path)),
  };
}

function choose(name: string, record: PluginRecord, version?: Reviewed) {
  const { release, pending, previous, granted } = record;
  const which = version ?? (pending === null ? 'current' : 'pending');
  if (which === 'current')
    return { of: 'install' as const, before: null, after: release, granted: granted ?? NO_GRANTS };
  if (which === 'pending' && pending !== null)
    return { of: 'upgrade' as const, before: release, after: pending, granted: granted ?? NO_GRANTS };
  if (which === 'previous' && previous !== null)
    return {
      of: 'roll_back' as const,
      before: release,
      after: previous.release,
      granted: previous.granted ?? NO_GRANTS,
    };
  throw new CspError('not_found', `The plugin ${name} has no ${which} version. Look at it again`);
}

async function reviewOneFile(
  { name, before, after }: ReviewedVersions,
  path: string,
): Promise<PluginFileReviewResource> {
  const toUnknown = () => new CspError('not_found', `The plugin ${name} has no changed file ${JSON.stringify(path)}`);
  const dirs = [before?.contentDir, after.contentDir] as const;
  if (dirs[1] === null || dirs[0] === null) throw toUnknown();
  const found = await compareFile(dirs[0] ?? null, dirs[1], path);
  if (found === undefined) throw toUnknown();
  const { before_bytes, after_bytes } = found;
  const shared = { type: 'plugin_file_review' as const, path, before_bytes, after_bytes };
  const read = (dir: string | undefined, bytes: number | null) =>
    dir === undefined || bytes === null ? { text: '' } : readText(dir, path);
  const [old, next] = await Promise.all([read(dirs[0], before_bytes), read(dirs[1], after_bytes)]);
  if ('whyNot' in old) return { ...shared, diff: null, why_not: old.whyNot };
  if ('whyNot' in next) return { ...shared, diff: null, why_not: next.whyNot };
  const diff = compareTexts(old.text, next.text, {
    room: { left: MAX_FILE_CHARS, ms: MAX_FILE_MS },
    maxLines: MAX_FILE_LINES,
  });
  return { ...shared, diff, why_not: null };
}
