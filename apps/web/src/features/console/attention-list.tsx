import type { AttentionItem } from '@claude-sdk-pattern/protocol';
import { ChevronRight, CircleCheck, OctagonAlert, TriangleAlert } from 'lucide-react';
import { Link } from 'wouter';

import { formatAge } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { describeAttention, t } from './messages.ts';

const MINUTE_MS = 60_000;

/** What an operator should look at besides what is stopped, which has a list of its own; each row leads to where one acts on it. */
export function AttentionList({ items, isStopped }: { items: readonly AttentionItem[]; isStopped: boolean }) {
  const now = useNow(MINUTE_MS, true);
  if (items.length === 0) {
    return (
      <div className="flex gap-3 rounded-md border border-line bg-raised px-4 py-3">
        <CircleCheck size={18} aria-hidden className="mt-0.5 shrink-0 text-ok" />
        <div>
          <p className="font-semibold">{isStopped ? t.attention.noneElse : t.attention.none}</p>
          <p className="text-sm text-muted">{isStopped ? t.attention.noneElseHelp : t.attention.noneHelp}</p>
        </div>
      </div>
    );
  }
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-md border border-line bg-raised">
      {items.map((item) => {
        const { text, href } = describeAttention(item);
        const Icon = item.severity === 'critical' ? OctagonAlert : TriangleAlert;
        return (
          <li key={`${item.kind} ${item.subject_id ?? item.subject ?? ''}`}>
            <Link href={href} className="tap flex items-center gap-3 px-4 py-2.5 no-underline hover:bg-hover">
              <Icon
                size={18}
                role="img"
                aria-label={t.attention.severities[item.severity]}
                className={`shrink-0 ${item.severity === 'critical' ? 'text-bad' : 'text-warn'}`}
              />
              <span className="min-w-0 flex-1 wrap-anywhere">{text}</span>
              {item.since !== null && (
                <span className="nums shrink-0 text-sm text-muted">
                  {t.attention.since(formatAge(item.since, now))}
                </span>
              )}
              <ChevronRight size={16} aria-hidden className="shrink-0 text-muted" />
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
