import { posix } from 'node:path';

import type { PluginPartChange, PluginTextDiff, PluginValueChange } from '@claude-sdk-pattern/protocol';

import { PART_KINDS, type PluginPart } from '../plugin-set.ts';
import type { GrantReason } from '../registry/find-difference.ts';
import { compareDefinitions, isSameDefinition } from './compare-definitions.ts';
import { compareTexts } from './compare-texts.ts';
import { describeDefinition } from './describe-definition.ts';
import { findTextFile, readText, type OpenVersion } from './open-version.ts';
import { cutText, type Room } from './room.ts';

export interface ComparedParts {
  before: OpenVersion | null;
  after: OpenVersion;
  /** Of the content: those that were changed. */
  changedFiles: readonly string[];
  /** Why a part of `after` needs a grant; nothing where it needs none. */
  reasonsOf: (part: PluginPart) => readonly GrantReason[];
  room: Room;
}

const MAX_PARTS = 300;
const MAX_NAME_CHARS = 200;

/** The parts that differ, those that need a grant first. Texts are compared in that order, as long as there is room. */
export async function compareParts(compared: ComparedParts): Promise<{ parts: PluginPartChange[]; leftOff: number }> {
  const { before, after } = compared;
  const toMap = (version: OpenVersion | null) => new Map(version?.release.parts.map((part) => [toKey(part), part]));
  const [old, next] = [toMap(before), toMap(after)];
  const changedFiles = new Set(compared.changedFiles);
  const inFolders = countInFolders(compared.changedFiles);
  const changes = [...new Map([...old, ...next]).keys()].flatMap((key): Change[] => {
    const [was, is] = [old.get(key), next.get(key)];
    const change = toChange(compared, { was, is, changedFiles, inFolders });
    return change === undefined ? [] : [change];
  });
  const sorted = changes.toSorted(byWeight);
  const parts: PluginPartChange[] = [];
  for (const change of sorted.slice(0, MAX_PARTS)) {
    const { reasons, kind, name } = change;
    const text = await compareOwnText(compared, change);
    parts.push({
      ...{ kind, name: cutText(name, MAX_NAME_CHARS), change: change.change, needs_grant: change.needsGrant, reasons },
      definition: compareOwnDefinition(compared, change),
      file: findFile(compared, change) ?? null,
      text: text ?? null,
    });
  }
  return { parts, leftOff: sorted.length - parts.length };
}

/** Nobody can read hidden values back, but that another one stands there has to be seen. */
const OTHER_HIDDEN: PluginValueChange = { field: 'a hidden value', before: '…', after: '… (another one)' };

function compareOwnDefinition(
  { before, after, room }: ComparedParts,
  { kind, was, is, reasons }: Change,
): PluginValueChange[] {
  const old = was === undefined || before === null ? [] : describeDefinition(before, was);
  const next = is === undefined ? [] : describeDefinition(after, is);
  const isHidden = kind === 'mcp_server' && reasons.includes('definition') && isSameDefinition(old, next);
  return [...compareDefinitions(old, next, room), ...(isHidden ? [OTHER_HIDDEN] : [])];
}

interface Change {
  kind: PluginPart['kind'];
  name: string;
  change: PluginPartChange['change'];
  needsGrant: boolean;
  reasons: PluginPartChange['reasons'];
  was: PluginPart | undefined;
  is: PluginPart | undefined;
}

interface Sides {
  was: PluginPart | undefined;
  is: PluginPart | undefined;
  changedFiles: ReadonlySet<string>;
  /** Changed files in and below each folder. */
  inFolders: ReadonlyMap<string, number>;
}

function toChange(
  { before, after, reasonsOf }: ComparedParts,
  { was, is, changedFiles, inFolders }: Sides,
): Change | undefined {
  const part = is ?? was;
  if (part === undefined) return undefined;
  const { kind, name } = part;
  const shared = { kind, name, was, is };
  const grantReasons = is === undefined ? [] : reasonsOf(is);
  const needsGrant = grantReasons.length > 0;
  if (before === null || was === undefined)
    return { ...shared, change: 'added', needsGrant, reasons: needsGrant ? ['added'] : [] };
  if (is === undefined) return { ...shared, change: 'removed', needsGrant, reasons: [] };
  const isSame = isSameDefinition(describeDefinition(before, was), describeDefinition(after, is));
  const [old, next] = [findTextFile(before.release, was), findTextFile(after.release, is)];
  const isOtherText =
    old !== next || (next !== undefined && changedFiles.has(next)) || toContent(before, was) !== toContent(after, is);
  // What a skill brings lies in its folder.
  const folder = kind === 'skill' && next !== undefined ? posix.dirname(next) : '.';
  const isOtherFolder = (inFolders.get(folder) ?? 0) > Number(next !== undefined && changedFiles.has(next));
  const reasons = new Set<PluginPartChange['reasons'][number]>([
    ...grantReasons.filter((reason) => reason !== 'definition'),
    ...(isSame ? [] : (['definition'] as const)),
    ...(isOtherText ? (['text'] as const) : []),
    ...(isOtherFolder ? (['files'] as const) : []),
  ]);
  // Nothing was read of a version whose content is not here.
  if (reasons.size === 0 && needsGrant) reasons.add('definition');
  return reasons.size === 0 ? undefined : { ...shared, change: 'changed', needsGrant, reasons: [...reasons] };
}

function countInFolders(files: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) {
    for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder))
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return counts;
}

async function compareOwnText(
  { before, after, room }: ComparedParts,
  { was, is }: Change,
): Promise<PluginTextDiff | undefined> {
  const [old, next] = await Promise.all([readOwn(before, was), readOwn(after, is)]);
  if (old === undefined || next === undefined || old === next) return undefined;
  return compareTexts(old, next, { room });
}

/** Undefined where it cannot be shown; '' where there is none. */
async function readOwn(version: OpenVersion | null, part: PluginPart | undefined): Promise<string | undefined> {
  if (version === null || part === undefined) return '';
  const content = toContent(version, part);
  if (content !== undefined) return content;
  const file = findTextFile(version.release, part);
  if (file === undefined) return '';
  if (version.contentDir === null) return undefined;
  const read = await readText(version.contentDir, file);
  return 'text' in read ? read.text : undefined;
}

/** Of a command that stands in the manifest. */
function toContent({ release }: OpenVersion, { kind, name }: PluginPart): string | undefined {
  const { commands } = release.manifest;
  if (kind !== 'command' || typeof commands !== 'object' || Array.isArray(commands)) return undefined;
  return commands[name]?.content;
}

function findFile({ before, after }: ComparedParts, { was, is }: Change): string | undefined {
  if (is !== undefined) return findTextFile(after.release, is);
  return was === undefined || before === null ? undefined : findTextFile(before.release, was);
}

function byWeight(one: Change, other: Change): number {
  const weigh = ({ needsGrant, kind }: Change) => (needsGrant ? 0 : 100) + PART_KINDS.indexOf(kind);
  return weigh(one) - weigh(other) || (one.name < other.name ? -1 : 1);
}

function toKey({ kind, name }: PluginPart): string {
  return `${kind} ${name}`;
}
