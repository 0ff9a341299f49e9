import type { PluginPart } from '../plugin-set.ts';

/**
 * How the CLI (2.1.332) lists skills to the model: a line for each, `- plugin:skill: description`. All descriptions share a
 * budget. Beyond it a skill is listed by its name alone, so that the model has to guess what it does.
 */
const MAX_DESCRIPTION_CHARS = 1536;
/** `- ` before the name, `: ` after it. */
const [BEFORE, AFTER] = [2, 2];

/** What the CLI itself always lists whole, the lines without their ends. */
const BUNDLED = { count: 11, chars: 6039 };
/** A skill or command in the list. */
export interface ListedSkill {
  /** With the plugin before it. */
  name: string;
  /** Characters of its name, with its other name where it has one. */
  nameChars: number;
  /** Characters of its description. */
  chars: number;
}

/**
 * Characters of the description of a skill in the list; undefined for one that is not listed, because it has no
 * description or is not for the model.
 */
export function toListedChars(fields: {
  description?: unknown;
  when_to_use?: unknown;
  'disable-model-invocation'?: unknown;
}): number | undefined {
  const { description, when_to_use: when } = fields;
  if (fields['disable-model-invocation'] === true) return undefined;
  if (!['string', 'number', 'boolean'].includes(typeof description)) return undefined;
  const text = String(description).trim();
  if (text === '') return undefined;
  const whole = typeof when === 'string' && when !== '' ? `${text} - ${when}` : text;
  return Math.min(whole.length, MAX_DESCRIPTION_CHARS);
}

/** Of models that hold 1,000,000 tokens, and of those that hold 200,000. */
export const [LARGE_BUDGET, SMALL_BUDGET] = [30_000, 8000];

/** Models with fewer tokens, of which each counts for more characters (CLI 2.1.332). */
const EARLIER = /claude-3|claude-(?:opus-4-[0156]|sonnet-4-[056]|haiku-4-5)\b/;

/** Characters of the list that a model is given: 1 % of what it can hold. Undefined model: the CLI's own choice. */
export function toListBudget(model: string | undefined): number {
  const name = (model ?? '').toLowerCase().replaceAll(/[._]/g, '-');
  // Two that the CLI replaces by the newest opus.
  if (!EARLIER.test(name) || /opus-4-[01]\b/.test(name)) return LARGE_BUDGET;
  return name.includes('[1m]') ? 40_000 : SMALL_BUDGET;
}

/** The skills that plugins bring, in the order of the list: first commands, then skills; each plugin by its place. Pure. */
export function listSkills(plugins: readonly { name: string; parts: readonly PluginPart[] }[]): ListedSkill[] {
  return (['command', 'skill'] as const).flatMap((kind) =>
    plugins.flatMap(({ name: plugin, parts }) =>
      parts
        .filter((part) => part.kind === kind)
        // Commands stand in the order in which the manifest states them.
        .toSorted((a, b) => (kind === 'command' ? 0 : a.name < b.name ? -1 : 1))
        .flatMap(({ name, listedChars, listedAs }) => {
          if (listedChars === undefined) return [];
          const full = `${plugin}:${name}`;
          const other = listedAs === undefined ? '' : ` (${plugin}:${listedAs})`;
          return [{ name: full, nameChars: full.length + other.length, chars: listedChars }];
        }),
    ),
  );
}

/** What the CLI itself lists last: `init` and `security-review`. */
const BUILT_IN: readonly ListedSkill[] = [
  { name: 'init', nameChars: 4, chars: 59 },
  { name: 'security-review', nameChars: 15, chars: 71 },
];

/** Names of those whose description is left out. The CLI goes through the list and keeps each that still fits. Pure. */
export function findCutSkills(listed: readonly ListedSkill[], budget: number): string[] {
  const all = [...listed, ...BUILT_IN];
  const lineEnds = all.length + BUNDLED.count - 1;
  const names = all.reduce((sum, { nameChars }) => sum + BEFORE + nameChars, BUNDLED.chars + lineEnds);
  const whole = all.reduce((sum, { chars }) => sum + AFTER + chars, names);
  if (whole <= budget) return [];
  let left = budget - names;
  return listed.flatMap(({ name, chars }) => {
    if (AFTER + chars > left) return [name];
    left -= AFTER + chars;
    return [];
  });
}
