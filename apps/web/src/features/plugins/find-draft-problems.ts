import {
  findArgumentProblem,
  findCommandProblem,
  findHeaderProblem,
  findServerNameProblem,
  findServerUrlProblem,
  findVariableProblem,
  splitCommandLine,
  suggestServerName,
} from '@claude-sdk-pattern/protocol/server-rules';

import { t } from './messages.ts';
import { toLines } from './to-lines.ts';
import type { SourceDraft } from './to-source.ts';

/** What is wrong with a draft, by its field. */
export type DraftProblems = { [Field in keyof SourceDraft]?: string };

/** The line may hold a secret: only its beginning is shown. */
const SHOWN_CHARS = 8;

/** What the server would refuse of a draft, by the same rules. Empty for a draft that can be sent. */
export function findDraftProblems(draft: SourceDraft): DraftProblems {
  const problems: DraftProblems = {};
  const note = (field: keyof DraftProblems, problem: string | undefined) => {
    if (problem !== undefined) problems[field] = problem;
  };
  const ruled = (field: 'name' | 'command' | 'url', find: (text: string) => string | undefined) =>
    note(field, draft[field].trim() === '' ? t.wrong.required : find(draft[field].trim()));
  const required = (field: 'path' | 'package' | 'repository') =>
    note(field, draft[field].trim() === '' ? t.wrong.required : undefined);
  switch (draft.way) {
    case 'path':
      required('path');
      if (draft.path.trim() !== '' && !draft.path.trim().startsWith('/')) note('path', t.notAbsolute);
      break;
    case 'npm':
      required('package');
      if (/\s/.test(draft.package.trim())) note('package', t.packageAlone);
      note('args', findArgumentProblem(draft.args));
      note('env', findPairProblem(draft.env, '='));
      break;
    case 'git':
      required('repository');
      break;
    case 'archive':
      note('file', draft.file === null ? t.chooseFile : undefined);
      break;
    case 'command':
      ruled('name', findServerNameProblem);
      ruled('command', findCommandProblem);
      note('args', findArgumentProblem(draft.args));
      note('env', findPairProblem(draft.env, '='));
      break;
    case 'url':
      ruled('name', findServerNameProblem);
      ruled('url', findServerUrlProblem);
      note('headers', findPairProblem(draft.headers, ':'));
  }
  return problems;
}

/** What is wrong with the first line that is no pair, or whose name is none. */
function findPairProblem(text: string, separator: '=' | ':'): string | undefined {
  const isHeader = separator === ':';
  for (const line of toLines(text)) {
    const at = line.indexOf(separator);
    const shown = line.length > SHOWN_CHARS + 4 ? `${line.slice(0, SHOWN_CHARS)}…` : line;
    if (at < 1) return isHeader ? t.badHeader(shown) : t.badEnv(shown);
    const problem = (isHeader ? findHeaderProblem : findVariableProblem)(line.slice(0, at).trim());
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What could be typed instead, as the button says it and as the draft changes. */
export function suggestFor(
  field: 'name' | 'command' | 'url',
  draft: Pick<SourceDraft, 'name' | 'command' | 'args' | 'url'>,
): { text: string; changes: Partial<SourceDraft> } | null {
  if (field === 'name') {
    const name = suggestServerName(draft.name);
    return name === undefined ? null : { text: t.useInstead(name), changes: { name } };
  }
  if (field === 'url') {
    const url = `https://${draft.url.trim()}`;
    const mayBe = /^[\w.-]+(?::\d+)?(?:[/?]|$)/.test(draft.url.trim()) && findServerUrlProblem(url) === undefined;
    return mayBe ? { text: t.useInstead(url), changes: { url } } : null;
  }
  const [command = '', ...args] = splitCommandLine(draft.command);
  if (args.length === 0 || findCommandProblem(command) !== undefined) return null;
  const lines = [...args, ...toLines(draft.args)].join('\n');
  return { text: t.splitCommand, changes: { command, args: lines } };
}
