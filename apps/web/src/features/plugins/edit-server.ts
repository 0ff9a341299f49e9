import { HIDDEN_VALUE, leadToSame } from '@claude-sdk-pattern/protocol/server-rules';

import type { ServerChange } from '../../api/plugin-api.ts';
import { findDraftProblems, type DraftProblems } from './find-draft-problems.ts';
import { t } from './messages.ts';
import { toLines, toPairs } from './to-lines.ts';
import { emptyDraft, type SourceDraft } from './to-source.ts';

/** A bare MCP server as its page shows it: what may be a secret is `…`. */
interface ShownServer {
  name?: string;
  command?: string;
  args?: string[];
  env?: Record<string, string>;
  url?: string;
  transport?: 'http' | 'sse';
  headers?: Record<string, string>;
}

/** What is to be typed over, from the source of a plugin. */
export function toServerDraft(source: object): SourceDraft {
  const {
    name = '',
    command = '',
    args = [],
    env = {},
    url = '',
    transport = 'http',
    headers = {},
  } = source as ShownServer;
  const toText = (values: Record<string, string>, separator: string) =>
    Object.entries(values)
      .map(([key, value]) => `${key}${separator}${value}`)
      .join('\n');
  return {
    ...{ ...emptyDraft, way: url === '' ? 'command' : 'url', name, command, args: args.join('\n'), url, transport },
    ...{ env: toText(env, '='), headers: toText(headers, ': ') },
  };
}

/** What a change of a server comes to. */
export interface EditedServer {
  problems: DraftProblems;
  /** Lines with secrets that are to be chosen again, because the server leads elsewhere now. */
  asked: string[];
  change: Omit<ServerChange, 'digest'>;
}

/**
 * Reads what was typed over a server as it was. As the server does, it takes no hidden value along to another place; references to
 * secrets go along when somebody chooses them again.
 * @param chosen Lines of `asked` that were chosen.
 */
export function readServer(draft: SourceDraft, before: SourceDraft, chosen: ReadonlySet<string>): EditedServer {
  const isUrl = draft.way === 'url';
  const field = isUrl ? ('headers' as const) : ('env' as const);
  const separator = isUrl ? ':' : '=';
  const [pairs, had] = [toPairs(draft[field], separator), toPairs(before[field], separator)];
  const args = toLines(draft.args);
  const hasSameArgs = args.join('\n') === toLines(before.args).join('\n');
  const isSamePlace = isUrl ? draft.url.trim() === before.url : draft.command.trim() === before.command && hasSameArgs;
  const isHidden = (text: string) => text.includes(HIDDEN_VALUE);
  const mayKeep = isSamePlace && leadToSame(pairs, had);

  const problems = findDraftProblems({ ...draft, name: 'same' });
  const unkept = Object.entries(pairs).find(([name, value]) => isHidden(value) && !(mayKeep && value === had[name]));
  if (unkept !== undefined) problems[field] = t.hiddenValue(unkept[0]);
  if (isUrl && isHidden(draft.url) && !isSamePlace) problems.url = t.hiddenUrl;
  if (!isUrl && isHidden(draft.args) && !isSamePlace) problems.args = t.hiddenArgs;
  const asked = isSamePlace
    ? []
    : Object.entries(pairs).flatMap(([name, value]) =>
        value === had[name] && namesSecret(value) ? [`${name}${isUrl ? ': ' : '='}${value}`] : [],
      );
  if (problems[field] === undefined && asked.some((line) => !chosen.has(line))) problems[field] = t.chooseAgain;

  const toKept = (text: string) => (isHidden(text) ? null : text);
  const kept = Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name, toKept(value)]));
  const change = isUrl
    ? { url: toKept(draft.url.trim()), transport: draft.transport, headers: kept }
    : { command: draft.command.trim(), args: args.map(toKept), env: kept };
  return { problems, asked, change };
}

/** The folders of a plugin are no secrets. */
function namesSecret(value: string): boolean {
  return /\$\{(?!CLAUDE_(?:PLUGIN|PROJECT)_)/.test(value);
}
