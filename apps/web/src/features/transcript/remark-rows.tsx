import { clsx } from 'clsx';
import { FoldVertical, Info, OctagonX, RotateCw, TriangleAlert, Wallet } from 'lucide-react';

import { useShared } from '../../services/session-level.ts';
import { useServices } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';
import { NoticeSignInAction } from '../connections/notice-sign-in.tsx';
import { c } from '../panel/change-messages.ts';
import { TakeBackButton } from '../panel/take-back-button.tsx';
import { readFoldedServers } from '../../session/fold-notices.ts';
import type { ErrorItem, NoticeItem, RestartedItem } from '../../session/items.ts';

/** Notices for people that are no messages of the agent, in one line. */
export function NoticeRow({ items }: { items: readonly NoticeItem[] }) {
  const isOwner = useShared() === undefined;
  const { bootstrap } = useServices();
  const rewound = items.length === 1 ? items[0]?.rewound : undefined;
  const { level, text: told, isQuiet = false } = toTold(items);
  const text =
    rewound === undefined
      ? told
      : c.rewind.told(rewound.actor.id === bootstrap.user.id ? null : rewound.actor.name, rewound.total);
  const signIn = items.length === 1 ? (items[0]?.signIn ?? null) : null;
  const Icon = level === 'info' ? Info : TriangleAlert;
  const tone = { info: 'text-muted', warning: 'text-warn', error: 'text-bad' }[level];
  return (
    <div className={clsx('mb-3 flex gap-2 text-sm', !isQuiet && 'rounded-sm border border-line px-3 py-2')}>
      <Icon size={15} aria-hidden className={clsx('mt-[2.5px] shrink-0', tone)} />
      <div className={clsx('min-w-0', isQuiet && 'text-muted')}>
        <p className="wrap-anywhere whitespace-pre-wrap">{text}</p>
        {signIn !== null && <NoticeSignInAction signIn={signIn} isOwner={isOwner} />}
        {rewound !== undefined && items[0] !== undefined && (
          <p className="mt-2">
            <TakeBackButton eventId={items[0].id} part="files" />
          </p>
        )}
      </div>
    </div>
  );
}

/** What several notices say together. That all servers are there is said quietly. */
function toTold(items: readonly NoticeItem[]): Pick<NoticeItem, 'level' | 'text'> & { isQuiet?: boolean } {
  const [first] = items;
  const servers = items.length > 1 ? readFoldedServers(items) : null;
  if (servers === null) return { level: first?.level ?? 'info', text: first?.text ?? '' };
  const { missing, there } = servers;
  if (missing.length === 0) return { level: 'info', text: chat.transcript.serversThere(there), isQuiet: true };
  return { level: 'warning', text: chat.transcript.serversMissing(missing, there) };
}

/** A failure at its place in the conversation: what happened, what was kept, and what to do. */
export function ErrorRow({ item }: { item: ErrorItem }) {
  const runsPlatform = useServices().bootstrap.user.role !== 'user';
  const title = item.keyRefused ? chat.transcript.keyRefused : chat.transcript.errorTitle[item.errorType];
  // It was decided so, and nothing is broken.
  const isLimit = item.errorType === 'budget_reached';
  const Icon = isLimit ? Wallet : OctagonX;
  return (
    <div
      className={clsx(
        'mb-4 rounded-md border px-4 py-3',
        isLimit ? 'border-warn bg-warn-soft' : 'border-bad bg-bad-soft',
      )}
    >
      <p className={clsx('flex items-center gap-2 font-semibold', isLimit ? 'text-warn' : 'text-bad')}>
        <Icon size={16} aria-hidden className="shrink-0" />
        {title ?? chat.transcript.errorTitle['unknown_error']}
      </p>
      {!item.keyRefused && <p className="mt-1 wrap-anywhere whitespace-pre-wrap">{item.message}</p>}
      <p className="mt-1 text-sm text-muted">
        {item.keyRefused ? <KeyAdvice runsPlatform={runsPlatform} /> : toAdvice(item.errorType, runsPlatform)}
      </p>
    </div>
  );
}

function KeyAdvice({ runsPlatform }: { runsPlatform: boolean }) {
  if (!runsPlatform) return chat.transcript.keyRefusedHelp;
  return (
    <>
      {chat.transcript.keyRefusedBefore}
      <code className="code-text">ANTHROPIC_API_KEY</code>
      {chat.transcript.keyRefusedAfter}
    </>
  );
}

function toAdvice(errorType: string, runsPlatform: boolean): string {
  const own = runsPlatform ? chat.transcript.errorAdviceOperator[errorType] : undefined;
  return own ?? chat.transcript.errorAdvice[errorType] ?? chat.transcript.errorKept;
}

export function CompactedRow() {
  return (
    <p className="mb-3 flex items-center gap-2 text-sm text-muted">
      <FoldVertical size={14} aria-hidden />
      {chat.transcript.compacted}
    </p>
  );
}

/** Marks where the agent's process was restarted during a turn, and why. */
export function RestartedRow({ item }: { item: RestartedItem }) {
  return (
    <p className="mb-3 flex gap-2 text-sm text-muted">
      <RotateCw size={14} aria-hidden className="mt-[3px] shrink-0" />
      <span className="min-w-0 wrap-anywhere">{chat.transcript.restarted(item.reason)}</span>
    </p>
  );
}
