import { join } from 'node:path';

import type { PluginReviewResource } from '@claude-sdk-pattern/protocol';

import type { PluginRelease } from '../plugin-release.ts';
import type { PluginGrants, PluginPart } from '../plugin-set.ts';
import { createGrantReasons, losesConfinement, runsCode, type GrantReason } from '../registry/find-difference.ts';
import { NO_GRANTS } from '../registry/lifecycle.ts';
import { compareContent, isBinaryFile, type ComparedContent } from './compare-content.ts';
import { compareParts } from './compare-parts.ts';
import { compareSettings } from './compare-settings.ts';
import type { OpenVersion } from './open-version.ts';
import { cutText, type Room } from './room.ts';

const MAX_FILES = 300;
const MAX_GRANTS = 300;
const MAX_PROBLEMS = 50;
const MAX_GRANT_CHARS = 2000;
/** Characters of all texts and values together. */
const MAX_CHARS = 512 * 1024;
const MAX_COMPARING_MS = 500;
const KINDS = ['hooks', 'hosts', 'secrets', 'permissions'] as const;

export interface ReviewedVersions {
  name: string;
  of: PluginReviewResource['of'];
  before: OpenVersion | null;
  after: OpenVersion;
  /** To the version before, or of a roll back to the version that it goes back to. */
  granted: PluginGrants;
}

/** What a version brings, changes and takes away, within bounds. */
export async function reviewPlugin(reviewed: ReviewedVersions): Promise<PluginReviewResource> {
  const { name, of, before, after, granted } = reviewed;
  const room: Room = { left: MAX_CHARS, ms: MAX_COMPARING_MS };
  const content = await compareContents(before, after);
  const reasonsOf = findReasons(reviewed);
  const changedFiles = content?.changes.map(({ path }) => path) ?? [];
  const { parts, leftOff } = await compareParts({ before, after, changedFiles, reasonsOf, room });
  const grants = compareGrants(reviewed, reasonsOf);
  const hasLost = before !== null && of === 'upgrade' && losesConfinement(before.release, granted, after.release);
  const settings = compareSettings(
    { before: before?.release ?? null, after: after.release },
    { parts, losesConfinement: hasLost, room },
  );
  const { problems } = after.release;
  return {
    ...{
      type: 'plugin_review',
      name,
      of,
      before: before && toVersion(before.release),
      after: toVersion(after.release),
    },
    ...{ grants: grants.slice(0, MAX_GRANTS), parts, settings: settings.data },
    files: content && (await toFiles(content, reviewed)),
    problems: problems.slice(0, MAX_PROBLEMS),
    left_off:
      leftOff +
      settings.leftOff +
      Math.max(0, grants.length - MAX_GRANTS) +
      Math.max(0, problems.length - MAX_PROBLEMS),
  };
}

function findReasons({ of, before, after, granted }: ReviewedVersions): (part: PluginPart) => GrantReason[] {
  if (before === null) return ({ kind }) => (runsCode(kind) ? ['added'] : []);
  // A roll back brings back what was agreed to.
  if (of === 'roll_back') return () => [];
  return createGrantReasons({ before: before.release, granted, after: after.release });
}

function toVersion({ version, digest }: PluginRelease) {
  return { version, digest };
}

async function compareContents(before: OpenVersion | null, after: OpenVersion): Promise<ComparedContent | null> {
  const hasNone = (version: OpenVersion | null) => version === null || version.release.root === null;
  if (hasNone(before) && hasNone(after)) return { changes: [], unchanged: 0 };
  if (after.contentDir === null || before?.contentDir === null) return null;
  return compareContent(before?.contentDir ?? null, after.contentDir);
}

async function toFiles(
  { changes, unchanged }: ComparedContent,
  { before, after }: ReviewedVersions,
): Promise<NonNullable<PluginReviewResource['files']>> {
  const count = (change: string) => changes.filter((each) => each.change === change).length;
  const listed = changes.slice(0, MAX_FILES);
  const data = await Promise.all(
    listed.map(async (file) => {
      const dir = file.change === 'removed' ? before?.contentDir : after.contentDir;
      return { ...file, is_binary: await isBinaryFile(join(dir ?? '', file.path)) };
    }),
  );
  return {
    ...{ added: count('added'), removed: count('removed'), changed: count('changed'), unchanged },
    ...{ data, left_off: changes.length - listed.length },
  };
}

/** Those that are new, run something else or are no longer asked for first. */
function compareGrants(
  { before, after, granted }: ReviewedVersions,
  reasonsOf: (part: PluginPart) => readonly GrantReason[],
): PluginReviewResource['grants'][number][] {
  const old = before?.release.requires ?? NO_GRANTS;
  const { requires, parts } = after.release;
  const hooks = new Map(parts.flatMap((part) => (part.kind === 'hook' ? [[part.name, reasonsOf(part)] as const] : [])));
  const isOther = (value: string) => (hooks.get(value) ?? []).length > 0;
  const all = KINDS.flatMap((kind) => {
    const [had, asks] = [new Set(old[kind]), new Set(requires[kind])];
    return [...new Set([...requires[kind], ...old[kind]])].map((value) => ({
      ...{ kind, value: cutText(value, MAX_GRANT_CHARS), granted: granted[kind].includes(value) },
      change: !had.has(value)
        ? ('added' as const)
        : !asks.has(value)
          ? ('removed' as const)
          : kind === 'hooks' && isOther(value)
            ? ('changed' as const)
            : ('unchanged' as const),
    }));
  });
  return all.toSorted((a, b) => Number(a.change === 'unchanged') - Number(b.change === 'unchanged'));
}
