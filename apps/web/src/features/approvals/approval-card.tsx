import { Hand } from 'lucide-react';
import { lazy, Suspense, useEffect, useId, useRef, useState } from 'react';

import { usePreferences } from '../../app/services.ts';
import { isTyping } from '../../app/use-shortcuts.ts';
import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { categoryOf, toToolName } from '../tools/describe-tool.ts';
import { AnswerProblem } from './answer-problem.tsx';
import { useAnswer } from './use-answer.ts';

const ApprovalPreview = lazy(() =>
  import('./approval-preview.tsx').then((module) => ({ default: module.ApprovalPreview })),
);

/** A tool call that asks: the verb, the whole of it, who asked and why, and the exact rule that "session" would keep. */
export function ApprovalCard({ tool }: { tool: ToolItem }) {
  const answer = useAnswer(tool.id);
  const [denying, setDenying] = useState(false);
  const card = useRef<HTMLDivElement>(null);
  const headingId = useId();
  const singleKeys = usePreferences((state) => state.singleKeys);
  const asker = useSession((state) =>
    tool.threadId === null ? null : (state.view.threads.get(tool.threadId)?.agentName ?? null),
  );
  const rule = tool.approval?.sessionRule ?? null;
  const { give } = answer;

  useEffect(() => {
    const dock = card.current?.closest('[data-approval]');
    if (dock == null || !singleKeys || denying) return undefined;
    const onKey = (event: Event) => {
      if (
        !(event instanceof KeyboardEvent) ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        event.repeat ||
        isTyping(event)
      )
        return;
      const key = event.key.toLowerCase();
      if (key === 'a') give({ result: 'allow', scope: 'once' });
      else if (key === 'd') give({ result: 'deny' });
      else return;
      event.preventDefault();
    };
    dock.addEventListener('keydown', onKey);
    return () => dock.removeEventListener('keydown', onKey);
  }, [singleKeys, denying, give]);

  return (
    <div ref={card} role="group" aria-labelledby={headingId} className="flex min-h-0 flex-col">
      <div
        className="min-h-0 overflow-y-auto px-4 pt-3 short:shrink-0 short:overflow-visible"
        tabIndex={0}
        role="group"
        aria-labelledby={headingId}
      >
        <h2 id={headingId} className="flex items-center gap-2 font-semibold">
          <Hand size={16} aria-hidden className="shrink-0 text-warn" />
          {tool.approval?.title ?? toVerb(tool)}
          {categoryOf(tool) === 'other' && <span className="font-normal text-muted">{toToolName(tool)}</span>}
        </h2>
        {asker !== null && asker !== '' && <p className="mt-0.5 text-sm text-muted">{t.approvals.askedBy(asker)}</p>}
        {tool.approval?.reason != null && (
          <p className="mt-0.5 text-sm text-muted">
            {t.approvals.why}: {tool.approval.reason}
          </p>
        )}
        <div className="mt-2">
          <Suspense fallback={<p className="text-sm text-muted">{t.app.loading}</p>}>
            <ApprovalPreview tool={tool} />
          </Suspense>
        </div>
      </div>
      <div className="px-4 pt-2 pb-3">
        <AnswerProblem problem={answer.problem} />
        {denying ? (
          <DenyForm
            busy={answer.busy}
            onCancel={() => setDenying(false)}
            onDeny={(message) => give({ result: 'deny', deny_message: message })}
          />
        ) : (
          <>
            <div className="flex flex-wrap gap-2 max-md:grid max-md:grid-cols-2 max-md:[&>button]:text-sm max-md:[&>button]:leading-4 max-md:[&>button]:whitespace-normal">
              <Button
                look="primary"
                busy={answer.busy}
                onClick={() => give({ result: 'allow', scope: 'once' })}
                aria-keyshortcuts="A"
              >
                {t.approvals.allowOnce}
              </Button>
              {rule !== null && (
                <Button busy={answer.busy} onClick={() => give({ result: 'allow', scope: 'session' })}>
                  {t.approvals.allowSession}
                </Button>
              )}
              <Button look="danger" busy={answer.busy} onClick={() => give({ result: 'deny' })} aria-keyshortcuts="D">
                {t.approvals.deny}
              </Button>
              <Button look="quiet" busy={answer.busy} onClick={() => setDenying(true)}>
                {t.approvals.denyWithReason}
              </Button>
            </div>
            {rule !== null && (
              <p className="mt-2 text-xs wrap-anywhere text-muted">
                {t.approvals.allowSession}: <code className="font-mono text-text">{rule}</code>
              </p>
            )}
          </>
        )}
      </div>
    </div>
  );
}

function DenyForm(props: { busy: boolean; onCancel: () => void; onDeny: (message: string) => void }) {
  const [message, setMessage] = useState('');
  const id = useId();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        props.onDeny(message.trim());
      }}
    >
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {t.approvals.reasonLabel}
      </label>
      <input
        id={id}
        autoFocus
        maxLength={2000}
        value={message}
        placeholder={t.approvals.reasonPlaceholder}
        onChange={(event) => setMessage(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          props.onCancel();
        }}
        className="tap mb-2 h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="danger" busy={props.busy} disabled={message.trim() === ''}>
          {t.approvals.sendDenial}
        </Button>
        <Button look="quiet" onClick={props.onCancel}>
          {t.app.cancel}
        </Button>
      </div>
    </form>
  );
}

function toVerb(tool: ToolItem): string {
  const category = categoryOf(tool);
  const { verbs } = t.approvals;
  if (
    category === 'command' ||
    category === 'edit' ||
    category === 'write' ||
    category === 'read' ||
    category === 'web'
  )
    return verbs[category];
  return verbs.other(toToolName(tool));
}
