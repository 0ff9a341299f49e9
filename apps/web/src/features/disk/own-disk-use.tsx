import { Link } from 'wouter';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { formatBytes, formatCount, formatLimit } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';

/** What the files of the user's sessions take, of what they may, and which sessions take the most. */
export function OwnDiskUse() {
  const { api } = useServices();
  const { value, problem, reload } = useLoaded(api.diskUse);
  if (problem !== null)
    return (
      <div className="px-4 py-3">
        <Trouble text={t.failed} problem={problem} onRetry={reload} />
      </div>
    );
  if (value === null) return <p className="px-4 py-3 text-sm text-muted" aria-busy />;
  const { limit, session_limit: each } = value;
  const share = limit.bytes === null ? null : Math.min(1, value.bytes / limit.bytes);
  return (
    <>
      <div className="flex flex-col gap-2 px-4 py-3 text-sm">
        <p>
          {value.entries === 0 ? t.none : t.taken(formatBytes(value.bytes), formatCount(value.entries))}{' '}
          <span className="text-muted">
            {limit.bytes !== null && t.limit(formatLimit(limit.bytes))}{' '}
            {limit.entries !== null && value.entries > limit.entries / 2 && t.entryLimit(formatCount(limit.entries))}{' '}
            {each.bytes !== null && t.sessionLimit(formatLimit(each.bytes))}
          </span>
        </p>
        {share !== null && (
          <span aria-hidden className="block h-1.5 overflow-hidden rounded-full bg-hover">
            <span
              className={`block h-full ${share > 0.8 ? 'bg-warn' : 'bg-accent'}`}
              style={{ width: `${share * 100}%` }}
            />
          </span>
        )}
        {value.entries > 0 && <p className="text-muted">{t.measured}</p>}
      </div>
      <ul>
        {value.sessions.map((session) => (
          <li key={session.session_id} className="border-t border-line">
            <Link
              href={`/sessions/${session.session_id}`}
              className="tap flex items-center gap-3 px-4 py-2 hover:bg-hover max-md:flex-col max-md:items-start max-md:gap-0"
            >
              <span className="min-w-0 flex-1 truncate max-md:w-full">{session.title ?? t.untitled}</span>
              <span className="nums text-sm text-muted">
                {t.of(formatBytes(session.bytes), formatCount(session.entries))}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
