import { Ban, Check, CircleStop, Clock, Hand, LoaderCircle, X } from 'lucide-react';

import { describeWord, useElsewhere, useMayDrive } from '../../services/session-level.ts';
import { chat } from '../../messages/chat.ts';
import type { ToolStatus } from '../../session/items.ts';

export interface ToolStatusMarkProps {
  status: ToolStatus | 'waits';
  /** A question to a person, where the status is `asking`. */
  question?: boolean;
  /** Nobody answered in time, where the status is `notRun`. */
  expired?: boolean;
  /** Who or what denied it, where the status is `denied`. */
  denier?: string | null;
}

/** The status of a call: an icon, with a word for screen readers and for statuses that need attention. */
export function ToolStatusMark({ status, question = false, expired = false, denier = null }: ToolStatusMarkProps) {
  const mayDrive = useMayDrive();
  const needs = describeWord(question ? 'question' : 'waiting', mayDrive ? 'drive' : 'view', useElsewhere());
  const word = status === 'asking' ? needs.toLowerCase() : chat.tools.status[expired ? 'expired' : status];
  switch (status) {
    case 'running':
      return (
        <>
          <LoaderCircle size={14} aria-hidden className="anim-turn shrink-0 text-accent" />
          <span className="sr-only">{word}</span>
        </>
      );
    case 'done':
      return (
        <>
          <Check size={14} aria-hidden className="shrink-0 text-ok" />
          <span className="sr-only">{word}</span>
        </>
      );
    case 'asking':
      return (
        <span className="flex shrink-0 items-center gap-1 text-xs font-semibold text-warn">
          <Hand size={13} aria-hidden />
          {word}
        </span>
      );
    case 'failed':
      return (
        <span className="flex shrink-0 items-center gap-1 text-xs font-semibold text-bad">
          <X size={14} aria-hidden />
          {word}
        </span>
      );
    case 'denied':
      return (
        <span className="flex max-w-44 min-w-0 items-center gap-1 text-xs font-semibold text-muted max-md:max-w-28">
          <Ban size={13} aria-hidden className="shrink-0" />
          <span className="truncate">{denier === null ? word : chat.tools.deniedShort(denier)}</span>
        </span>
      );
    case 'program':
    case 'waits':
      return (
        <span className="flex shrink-0 items-center gap-1 text-xs text-muted">
          <Clock size={13} aria-hidden />
          {word}
        </span>
      );
    case 'stopped':
    case 'notRun':
      return (
        <span className="flex shrink-0 items-center gap-1 text-xs font-semibold text-muted">
          <CircleStop size={13} aria-hidden />
          {word}
        </span>
      );
  }
}
