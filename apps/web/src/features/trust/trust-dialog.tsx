import type { BroughtItemResource, WorkspaceTrustPlace, WorkspaceTrustReview } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { Fragment, useEffect, useState, type ReactNode } from 'react';

import { PanelLink } from '../../services/panel-link.tsx';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { LongText } from '../../ui/long-text.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { toVisibleParts } from '../../ui/visible-parts.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { t } from './messages.ts';

export interface TrustDialogProps {
  review: WorkspaceTrustReview;
  onClose: (isDismissed: boolean) => void;
  onTrusted: (review: WorkspaceTrustReview) => void;
  onLookAgain: () => void;
}

/** Everything that the workspace brings, as it is written, and the decision to let it run. */
export function TrustDialog({ review, onClose, onTrusted, onLookAgain }: TrustDialogProps) {
  const { api } = useServices();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const isRefused = review.places.some((place) => place.problem !== null);
  // The dialogue is loaded when it is first opened, and draws this later.
  const [end, setEnd] = useState<HTMLElement | null>(null);
  const isRead = useSeen(end, review.digest);
  const trust = async () => {
    if (busy) return;
    setBusy(true);
    try {
      onTrusted(await api.trust.trust(review.session_id, review.digest));
      onClose(false);
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
      // What is shown may be what was there before.
      onLookAgain();
    }
  };
  return (
    <Dialog open reading onOpenChange={(open) => !open && onClose(false)} title={t.title} description={t.lead}>
      {review.places.map((place) => (
        <Place key={place.folder} place={place} onLeave={() => onClose(false)} />
      ))}
      <span ref={setEnd} className="block h-px" />
      {problem !== null && <Trouble text={t.failed} problem={problem} />}
      <div className="sticky -bottom-4 -mx-4 -mb-4 flex flex-wrap items-center justify-end gap-2 border-t border-line bg-raised p-4">
        {!isRead && !isRefused && (
          <p id="trust-unread" className="mr-auto flex items-center gap-2 text-sm text-warn max-md:w-full">
            {t.unread}
            <Button size="small" onClick={() => end?.scrollIntoView({ block: 'center' })}>
              {t.showEnd}
            </Button>
          </p>
        )}
        <Button data-autofocus="" onClick={() => onClose(true)}>
          {t.dismiss}
        </Button>
        <Button
          look="primary"
          busy={busy}
          disabled={isRefused || !isRead}
          aria-describedby={isRead ? undefined : 'trust-unread'}
          onClick={() => void trust()}
        >
          {t.trust}
        </Button>
      </div>
    </Dialog>
  );
}

/** Whether the element has been on screen since it was `shown`, the text before which it stands. */
function useSeen(element: HTMLElement | null, shown: string): boolean {
  const [seen, setSeen] = useState<string | null>(null);
  useEffect(() => {
    if (element === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(shown);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [element, shown]);
  return seen === shown;
}

function Place({ place, onLeave }: { place: WorkspaceTrustPlace; onLeave: () => void }) {
  const { repository_url: url, items, instructions, problem } = place;
  return (
    <section className="mb-4">
      <h3 className="mb-2 font-semibold wrap-anywhere">{url ?? t.workspace}</h3>
      {problem !== null && <p className="mb-2 text-sm wrap-anywhere text-bad">{problem}</p>}
      <Items title={t.runs} items={items.filter(({ runs }) => runs)} open />
      <Items title={t.noEffect} items={items.filter(({ runs }) => !runs)} />
      {instructions.length > 0 && (
        <p className="text-sm wrap-anywhere text-muted">
          {t.instructions}:{' '}
          {instructions.map((path, index) => (
            // The file opens in the panel, beside which the dialog would stand.
            <Fragment key={path}>
              {index > 0 && ', '}
              <PanelLink view={{ tab: 'file', path }} onOpened={onLeave}>
                <VisibleText text={path} />
              </PanelLink>
            </Fragment>
          ))}
        </p>
      )}
    </section>
  );
}

interface ItemsProps {
  title: string;
  items: readonly BroughtItemResource[];
  /** What runs is decided on, so that all of it is shown. */
  open?: boolean;
}

function Items({ title, items, open = false }: ItemsProps) {
  if (items.length === 0) return null;
  return (
    <>
      <h4 className="mb-1 text-sm font-semibold text-muted">{title}</h4>
      <ul className="mb-3 rounded-sm border border-line">
        {items.map((item, index) => (
          // Two hooks of an event have the same name.
          <li key={`${item.path}:${item.name}:${index}`} className="border-t border-line first:border-t-0">
            <details open={open}>
              <summary className="tap cursor-pointer px-3 py-1.5 text-sm wrap-anywhere hover:bg-hover">
                <span className="text-muted">{t.kind(item.kind)}</span>{' '}
                <span className="font-semibold">
                  <VisibleText text={item.name} />
                </span>{' '}
                <span className="text-muted">
                  <VisibleText text={item.path} />
                </span>
              </summary>
              <pre
                // Long texts scroll, which needs the focus by keyboard.
                {...(!open && { tabIndex: 0 })}
                role="group"
                aria-label={`${t.kind(item.kind)} ${item.name}`}
                className={clsx(
                  'border-t border-line bg-surface px-3 py-2 font-mono text-sm wrap-anywhere whitespace-pre-wrap',
                  !open && 'max-h-72 overflow-auto',
                )}
              >
                {open ? drawLines(item.text) : <LongText text={item.text}>{drawLines}</LongText>}
              </pre>
            </details>
          </li>
        ))}
      </ul>
    </>
  );
}

const LINES_AT_ONCE = 200;

/** With marks for what a reader would not see: a decision is made on it. What is off the screen is not laid out, for a file may have a million lines. */
function drawLines(text: string): ReactNode {
  const lines = text.split('\n');
  return Array.from({ length: Math.ceil(lines.length / LINES_AT_ONCE) }, (_, index) => (
    <span key={index} className="block [contain-intrinsic-size:auto_4000px] [content-visibility:auto]">
      {joinPlain(lines.slice(index * LINES_AT_ONCE, (index + 1) * LINES_AT_ONCE)).map((part, at) => (
        <Fragment key={at}>
          {at > 0 && '\n'}
          {part.isPlain ? part.text : <VisibleText text={part.text} />}
        </Fragment>
      ))}
    </span>
  ));
}

/** Lines in which nothing is marked become one text. */
function joinPlain(lines: readonly string[]): { text: string; isPlain: boolean }[] {
  const parts: { text: string; isPlain: boolean }[] = [];
  for (const line of lines) {
    const isPlain = toVisibleParts(line).every(({ kind }) => kind === 'text');
    const last = parts.at(-1);
    if (isPlain && last?.isPlain === true) last.text += `\n${line}`;
    else parts.push({ text: line, isPlain });
  }
  return parts;
}
