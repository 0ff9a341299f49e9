import type { PluginPartChange, PluginReviewResource } from '@claude-sdk-pattern/protocol';

import type { PluginRelease } from '../plugin-release.ts';
import { describeSettings, hasCommandHooks, ISOLATION, NETWORK, OPTION } from './describe-settings.ts';
import { cutPair, cutText, type Room } from './room.ts';

const MAX_SETTINGS = 200;
const MAX_FIELD_CHARS = 200;

type Setting = PluginReviewResource['settings'][number];

/** The settings that differ, those that somebody has to agree to first. */
export function compareSettings(
  { before, after }: { before: PluginRelease | null; after: PluginRelease },
  of: { parts: readonly PluginPartChange[]; losesConfinement: boolean; room: Room },
): { data: Setting[]; leftOff: number } {
  const toMap = (release: PluginRelease | null) =>
    new Map((release === null ? [] : describeSettings(release)).map(({ field, text }) => [field, text]));
  const [old, next] = [toMap(before), toMap(after)];
  const bringsCommands =
    hasCommandHooks(after) && of.parts.some(({ kind, needs_grant: needs }) => needs && kind === 'hook');
  const needsGrant = (field: string): boolean => {
    if (field === NETWORK) return of.losesConfinement || (before !== null && bringsCommands);
    if (field === ISOLATION)
      return of.parts.some(({ kind, needs_grant: needs }) => needs && (kind === 'tool' || kind === 'endpoint'));
    return (
      field.startsWith(OPTION) && of.parts.some(({ reasons }) => reasons.includes('defaults')) && isOtherDefault(field)
    );
  };
  const isOtherDefault = (field: string) => {
    const name = field.slice(OPTION.length);
    return (
      JSON.stringify(before?.manifest.userConfig?.[name]?.default) !==
      JSON.stringify(after.manifest.userConfig?.[name]?.default)
    );
  };
  const changed = [...new Map([...old, ...next]).keys()]
    .filter((field) => old.get(field) !== next.get(field))
    .map((field) => ({ field, needs: needsGrant(field) }))
    .toSorted((a, b) => Number(b.needs) - Number(a.needs));
  const data = changed.slice(0, MAX_SETTINGS).map(({ field, needs }) => ({
    field: cutText(field, MAX_FIELD_CHARS),
    ...cutPair(old.get(field) ?? null, next.get(field) ?? null, of.room),
    needs_grant: needs,
  }));
  return { data, leftOff: changed.length - data.length };
}
