import type { Item, NoticeItem } from './items.ts';

/** What a notice of the platform says of one MCP server. */
interface ServerNotice {
  kind: 'missing' | 'there';
  server: string;
}

/** The sentences of the server: `describeMissing` of its MCP notices, and what it says when the server has answered. */
const SENTENCE = /^The MCP server (.+?) (?:(has not answered yet)\. |can be reached now, )/s;

/** The servers that several notices are about: those that are still missing, and those that have answered since. */
export interface FoldedServers {
  missing: readonly string[];
  there: readonly string[];
}

/**
 * Notices of a turn that belong into one row, by the id of the first of them. Those of the same kind that follow each other
 * do, and a server that has answered joins the notice that it had not. Pure.
 */
export function foldNotices(items: readonly Item[]): ReadonlyMap<string, readonly NoticeItem[]> {
  const groups = new Map<string, NoticeItem[]>();
  /** Where it was last said that a server is missing. */
  const missing = new Map<string, NoticeItem[]>();
  let last = null as { kind: ServerNotice['kind']; group: NoticeItem[] } | null;
  for (const item of items) {
    const read = item.kind === 'notice' ? readServerNotice(item) : undefined;
    if (item.kind !== 'notice' || read === undefined) {
      last = null;
      if (item.kind === 'notice') groups.set(item.id, [item]);
      continue;
    }
    const told = read.kind === 'there' ? missing.get(read.server) : undefined;
    if (told !== undefined) {
      told.push(item);
      missing.delete(read.server);
      continue;
    }
    if (last?.kind === read.kind) last.group.push(item);
    else {
      last = { kind: read.kind, group: [item] };
      groups.set(item.id, last.group);
    }
    if (read.kind === 'missing') missing.set(read.server, last.group);
  }
  return groups;
}

/** What the notices of one row say together; null for a row of another notice. Pure. */
export function readFoldedServers(items: readonly NoticeItem[]): FoldedServers | null {
  const kinds = new Map<string, ServerNotice['kind']>();
  for (const item of items) {
    const read = readServerNotice(item);
    if (read === undefined) return null;
    kinds.set(read.server, read.kind);
  }
  const of = (kind: ServerNotice['kind']) => [...kinds].filter((entry) => entry[1] === kind).map(([server]) => server);
  return { missing: of('missing'), there: of('there') };
}

/** A notice with a sign-in has something to do of its own. */
function readServerNotice({ text, signIn }: NoticeItem): ServerNotice | undefined {
  const match = signIn === null ? SENTENCE.exec(text) : null;
  if (match === null) return undefined;
  return { kind: match[2] === undefined ? 'there' : 'missing', server: match[1] ?? '' };
}
