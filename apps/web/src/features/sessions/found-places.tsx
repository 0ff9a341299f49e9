import type { SearchHit, SearchResult } from '@claude-sdk-pattern/protocol';
import { FileText, MessageSquareText, Sparkles, SquareTerminal } from 'lucide-react';
import { Link, useLocation } from 'wouter';

import { t } from '../../messages/index.ts';
import { toMessagePath } from '../../services/message-link.ts';
import type { SearchState } from '../../services/sessions-state.ts';
import { formatAge } from '../../ui/format.ts';

const ICONS = { message: MessageSquareText, answer: Sparkles, command: SquareTerminal, file: FileText };

/** Where the words of the search were said. Each place leads to its event. */
export function FoundPlaces({ search, now }: { search: SearchState; now: number }) {
  const { places, failed, ids } = search;
  if (failed) {
    return (
      <p role="alert" className="px-2.5 py-2 text-sm text-bad">
        {t.sessions.searchFailed}
      </p>
    );
  }
  if (ids === null) return <p className="px-2.5 py-2 text-sm text-muted">{t.sessions.searching}</p>;
  if (places.length === 0) return null;
  return (
    <section aria-labelledby="found-places" className="mb-3">
      <h3 id="found-places" className="px-2.5 py-1 text-xs font-semibold text-muted">
        {t.sessions.places.heading}
      </h3>
      <ul className="flex flex-col gap-2">
        {places.map((result) => (
          <FoundSession key={result.session.id} result={result} now={now} />
        ))}
      </ul>
    </section>
  );
}

function FoundSession({ result: { session, hits, hit_count: count }, now }: { result: SearchResult; now: number }) {
  const more = count - hits.length;
  return (
    <li className="px-2.5">
      <p className="flex items-baseline gap-1.5 text-xs text-muted">
        <span className="min-w-0 truncate text-sm font-semibold text-text">{session.title ?? t.sessions.untitled}</span>
        <span className="nums shrink-0">{formatAge(session.updated_at, now)}</span>
        {session.archived_at !== null && <span className="shrink-0">· {t.sessions.places.archived}</span>}
      </p>
      <ul>
        {hits.map((hit) => (
          <li key={hit.seq}>
            <FoundPlace sessionId={session.id} hit={hit} />
          </li>
        ))}
      </ul>
      {more > 0 && <p className="pl-6 text-xs text-muted">{t.sessions.places.more(more)}</p>}
    </li>
  );
}

function FoundPlace({ sessionId, hit }: { sessionId: string; hit: SearchHit }) {
  const [path] = useLocation();
  if (hit.kind === 'title' || hit.event_id === null) return null;
  const Icon = ICONS[hit.kind];
  return (
    <Link
      href={toMessagePath(sessionId, hit.event_id)}
      aria-current={path === `/sessions/${sessionId}` ? 'true' : undefined}
      className="tap -mx-1 flex gap-2 rounded-sm px-1 py-1 text-sm leading-5 no-underline transition-colors duration-120 hover:bg-hover"
    >
      <Icon size={14} className="mt-[3px] shrink-0 text-muted" aria-label={t.sessions.places.kinds[hit.kind]} />
      <span className="line-clamp-2 min-w-0 break-words text-muted">
        {splitAt(hit).map(({ text, isFound }, index) =>
          isFound ? (
            <mark key={index} className="rounded-xs bg-accent-soft font-semibold text-text">
              {text}
            </mark>
          ) : (
            text
          ),
        )}
      </span>
    </Link>
  );
}

/** The text of a place in pieces: what was looked for, and what stands between. */
function splitAt({ text, highlights }: Pick<SearchHit, 'text' | 'highlights'>): { text: string; isFound: boolean }[] {
  const pieces: { text: string; isFound: boolean }[] = [];
  let at = 0;
  for (const [start, end] of highlights) {
    pieces.push({ text: text.slice(at, start), isFound: false }, { text: text.slice(start, end), isFound: true });
    at = end;
  }
  pieces.push({ text: text.slice(at), isFound: false });
  return pieces.filter((piece) => piece.text !== '');
}
