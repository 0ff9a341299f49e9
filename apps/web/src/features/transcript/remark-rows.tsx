import { clsx } from 'clsx';
import { FoldVertical, Info, OctagonX, RotateCw, TriangleAlert } from 'lucide-react';

import { useShared } from '../../services/session-level.ts';
import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { NoticeSignInAction } from '../connections/notice-sign-in.tsx';
import type { ErrorItem, NoticeItem, RestartedItem } from '../../session/items.ts';

/** A notice for people that is not a message of the agent. */
export function NoticeRow({ item }: { item: NoticeItem }) {
  const isOwner = useShared() === undefined;
  const Icon = item.level === 'info' ? Info : TriangleAlert;
  const tone = { info: 'text-muted', warning: 'text-warn', error: 'text-bad' }[item.level];
  return (
    <div className="mb-3 flex gap-2 rounded-sm border border-line px-3 py-2 text-sm">
      <Icon size={15} aria-hidden className={clsx('mt-[2.5px] shrink-0', tone)} />
      <div className="min-w-0">
        <p className="wrap-anywhere whitespace-pre-wrap">{item.text}</p>
        {item.signIn !== null && <NoticeSignInAction signIn={item.signIn} isOwner={isOwner} />}
      </div>
    </div>
  );
}

/** A failure at its place in the conversation: what happened, what was kept, and what to do. */
export function ErrorRow({ item }: { item: ErrorItem }) {
  const runsPlatform = useServices().bootstrap.user.role !== 'user';
  const title = item.keyRefused ? t.transcript.keyRefused : t.transcript.errorTitle[item.errorType];
  return (
    <div className="mb-4 rounded-md border border-bad bg-bad-soft px-4 py-3">
      <p className="flex items-center gap-2 font-semibold text-bad">
        <OctagonX size={16} aria-hidden className="shrink-0" />
        {title ?? t.transcript.errorTitle['unknown_error']}
      </p>
      {!item.keyRefused && <p className="mt-1 wrap-anywhere whitespace-pre-wrap">{item.message}</p>}
      <p className="mt-1 text-sm text-muted">
        {item.keyRefused ? <KeyAdvice runsPlatform={runsPlatform} /> : toAdvice(item.errorType, runsPlatform)}
      </p>
    </div>
  );
}

function KeyAdvice({ runsPlatform }: { runsPlatform: boolean }) {
  if (!runsPlatform) return t.transcript.keyRefusedHelp;
  return (
    <>
      {t.transcript.keyRefusedBefore}
      <code className="code-text">ANTHROPIC_API_KEY</code>
      {t.transcript.keyRefusedAfter}
    </>
  );
}

function toAdvice(errorType: string, runsPlatform: boolean): string {
  const own = runsPlatform ? t.transcript.errorAdviceOperator[errorType] : undefined;
  return own ?? t.transcript.errorAdvice[errorType] ?? t.transcript.errorKept;
}

export function CompactedRow() {
  return (
    <p className="mb-3 flex items-center gap-2 text-sm text-muted">
      <FoldVertical size={14} aria-hidden />
      {t.transcript.compacted}
    </p>
  );
}

/** Marks where the agent's process was restarted during a turn, and why. */
export function RestartedRow({ item }: { item: RestartedItem }) {
  return (
    <p className="mb-3 flex gap-2 text-sm text-muted">
      <RotateCw size={14} aria-hidden className="mt-[3px] shrink-0" />
      <span className="min-w-0 wrap-anywhere">{t.transcript.restarted(item.reason)}</span>
    </p>
  );
}
