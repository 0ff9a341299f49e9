import { HIDDEN_VALUE as HIDDEN, isScalar } from '@claude-sdk-pattern/protocol/server-rules';

import type { JsonObject } from '../audit/canonical-json.ts';
import type { PluginSource } from './plugin-source.ts';

const REFERENCE = String.raw`\$\{(?:secret:)?[A-Za-z_][A-Za-z0-9_-]*\}`;
/** References alone, and with the scheme of a header in front. A default after `:-` could be a secret itself. */
const REFERRING = new RegExp(`^(?:(?:Bearer|Basic|Token|ApiKey) +)?${REFERENCE}$`, 'i');
const TELLING_NAME = /key|token|secret|passw|pwd|auth|credential|bearer|cookie|session|signature|\bpat\b|private/i;
const PLACE = /^(?:\/|\$\{CLAUDE_PLUGIN_(?:DATA|ROOT)\})[\w./@+ -]*$/;
/** A key without a known form: many letters and digits in one run, several of them digits. */
const LONG_RUN = /[A-Za-z0-9]{16,}/g;
const MIN_DIGITS = 3;
/** A part of a path that is made of words. */
const WORDS = new RegExp(`^(?:[A-Za-z]{0,24}(?:[-_.~][A-Za-z]{1,24})*|v?\\d{1,4}(?:[.-]\\d{1,4})*|${REFERENCE})$`);

/**
 * A source as administrators see it: whole, but for what may be a secret. What is hidden has `…` in it. Arguments and URLs
 * are shown, values of the environment and of headers only where they are references or surely harmless.
 */
export function toShownSource(source: PluginSource): Record<string, unknown> {
  if (source.type === 'git') return { ...source, url: toShownUrl(source.url) };
  if (source.type !== 'mcp' && source.type !== 'npm') return source;
  const { args, env, headers, url, ...shown } = { headers: undefined, url: undefined, ...source };
  return {
    ...shown,
    ...(args && { args: args.map((each, index) => toShownArgument(each, args[index - 1])) }),
    ...(url !== undefined && { url: toShownAddress(url) }),
    ...(env && { env: mapValues(env, (value, name) => (isHarmless(name, value) ? value : toShownValue(value))) }),
    ...(headers && { headers: mapValues(headers, toShownValue) }),
  };
}

/** The same for operators: of arguments their number, of a URL its host. */
export function toCoarseSource(shown: Record<string, unknown>): Record<string, unknown> {
  if (shown['type'] !== 'mcp' && shown['type'] !== 'npm') return shown;
  const { args, env, url, ...rest } = shown as { args?: string[]; env?: Record<string, string>; url?: string };
  return {
    ...rest,
    ...(args && { args: args.map(() => HIDDEN) }),
    ...(env && { env: mapValues(env, toShownValue) }),
    ...(url !== undefined && { url: URL.canParse(url) ? new URL(url).origin : HIDDEN }),
  };
}

function isHarmless(name: string, value: string): boolean {
  if (TELLING_NAME.test(name)) return false;
  return isScalar(value) || (PLACE.test(value) && !looksRandom(value));
}

function toShownArgument(argument: string, before: string | undefined): string {
  if (REFERRING.test(argument)) return argument;
  const names = before !== undefined && before.startsWith('-') && !before.includes('=') && TELLING_NAME.test(before);
  if (names) return HIDDEN;
  const [, option = '', value = ''] = /^(-{0,2}[\w.-]+[=:](?!\/\/)\s*)(.+)$/s.exec(argument) ?? [];
  if (value !== '' && TELLING_NAME.test(option)) return REFERRING.test(value) ? argument : `${option}${HIDDEN}`;
  if (URL.canParse(value === '' ? argument : value) && /:\/\//.test(argument))
    return `${option}${toShownAddress(value === '' ? argument : value)}`;
  const isTelling = /\b(?:bearer|basic)\s/i.test(argument) || argument.includes(':-') || looksRandom(argument);
  return isTelling || /:\/\/[^/]*@|[?&][\w-]+=/.test(argument) ? HIDDEN : argument;
}

/** Without who signs in there; of its path and its query what is no word, and could be a key, is hidden. */
function toShownAddress(url: string): string {
  const [, origin = '', path = '', query] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([^?#]*)(\?[^#]*)?/is.exec(url) ?? [];
  if (origin === '') return HIDDEN;
  const parts = path.split('/').map((part) => (WORDS.test(part) ? part : HIDDEN));
  return `${origin.replace(/\/\/[^/]*@/, '//')}${parts.join('/')}${query === undefined || query === '?' ? '' : `?${HIDDEN}`}`;
}

function looksRandom(text: string): boolean {
  return (text.match(LONG_RUN) ?? []).some((run) => run.replaceAll(/\D/g, '').length >= MIN_DIGITS);
}

function mapValues(
  values: Readonly<Record<string, string>>,
  map: (value: string, name: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]));
}

/** What exactly was taken in, as people may see it. */
export function toShownOrigin(origin: JsonObject): JsonObject {
  const { resolved } = origin;
  return typeof resolved === 'string' ? { ...origin, resolved: toShownUrl(resolved) } : origin;
}

/** An address without who signs in there: `git@host:team/a` becomes `host:team/a`. */
export function toShownUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/^[^/]*@/, '').replace(/[?#].*$/s, '');
  const shown = new URL(url);
  Object.assign(shown, { username: '', password: '', search: '', hash: '' });
  return shown.href;
}

/** The name of a secret; a default after `:-` could be one itself. */
function toShownValue(value: string): string {
  return REFERRING.test(value) ? value : HIDDEN;
}
