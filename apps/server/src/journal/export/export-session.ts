import { findConversationPath, isOnPath } from '@claude-sdk-pattern/protocol';

import type { EventText } from '../../store/events.ts';
import { toSequencedEvent } from '../sequenced-event.ts';
import type { SessionEvents } from '../session-events.ts';
import type { HidePaths } from './hide-server-paths.ts';
import { createMarkdownWriter, toMarkdownHead } from './to-markdown.ts';

export type ExportFormat = 'jsonl' | 'markdown';

export interface ExportOptions {
  format: ExportFormat;
  session: { id: string; title: string | null; created_at: string; last_seq: number };
  events: Pick<SessionEvents, 'readTextAfter' | 'listBranchings'>;
  /** Hides paths of the server in Markdown, which people pass on. JSONL has the events unchanged. */
  hidePaths: HidePaths;
}

const PAGE = 100;
const PAGE_BYTES = 1024 * 1024;

/**
 * A session up to its `last_seq` as text, in pieces of one page of events. A page is read when the piece before it
 * was taken, so that a slow reader holds little memory. JSONL has one event a line, `seq` first. Markdown is for
 * people to read: of several branches it has the one that the conversation goes now.
 */
export async function* exportSession({ format, session, events, hidePaths }: ExportOptions): AsyncGenerator<string> {
  const writer = createMarkdownWriter(hidePaths);
  const path = findConversationPath(format === 'markdown' ? await events.listBranchings() : [], session.last_seq);
  if (format === 'markdown') yield toMarkdownHead(session, hidePaths);
  for (let cursor = 0; cursor < session.last_seq;) {
    const limit = Math.min(PAGE, session.last_seq - cursor);
    const { events: page } = await events.readTextAfter(cursor, { limit, maxBytes: PAGE_BYTES });
    const last = page.at(-1);
    // The session was deleted meanwhile.
    if (last === undefined) return;
    cursor = last.seq;
    const kept = page.filter(({ seq }) => isOnPath(path, seq));
    yield kept.map((row) => (format === 'jsonl' ? toLine(row) : writer.write(toSequencedEvent(row).event))).join('');
  }
}

/** A file name of plain letters that every system accepts. */
export function toExportFileName({ format, session }: Pick<ExportOptions, 'format' | 'session'>): string {
  const plain = (session.title ?? '').normalize('NFKD').replaceAll(/\p{M}/gu, '');
  const name = plain.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 60);
  const end = session.id.replaceAll(/[^A-Za-z0-9]/g, '').slice(-8);
  const parts = [name.replaceAll(/^-+|-+$/g, '') || 'session', end];
  return `${parts.join('-')}.${format === 'jsonl' ? 'jsonl' : 'md'}`;
}

function toLine({ seq, json }: EventText): string {
  return `{"seq":${seq},${json.slice(1)}\n`;
}
