import type { RuleSubject } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { FolderClosed, Hand } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useId, useRef, useState } from 'react';

import { usePreferences } from '../../services/services.ts';
import { isTyping } from '../../ui/is-typing.ts';
import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { categoryOf, toToolName, toWorkspacePath } from '../tools/describe-tool.ts';
import { readText } from '../tools/tool-values.ts';
import { AnswerProblem } from './answer-problem.tsx';
import { CardHead } from './card-head.tsx';
import { DenyForm } from './deny-form.tsx';
import { describeOwnRule } from './describe-rule.ts';
import { useAnswer } from './use-answer.ts';

const ApprovalPreview = lazy(() =>
  import('./approval-preview.tsx').then((module) => ({ default: module.ApprovalPreview })),
);

/** A tool call that asks: the verb, the whole of it, where, who asked and why, and what "session" would allow. */
export function ApprovalCard({ tool }: { tool: ToolItem }) {
  const [shown, setShown] = useState(false);
  const [endSeen, setEndSeen] = useState(false);
  const [folded, setFolded] = useState(false);
  const answer = useAnswer(tool.id, shown);
  const [denying, setDenying] = useState(false);
  const card = useRef<HTMLDivElement>(null);
  const id = useId();
  const singleKeys = usePreferences((state) => state.singleKeys);
  const rule = tool.approval?.rule ?? null;
  const { give } = answer;
  const unseen = shown && !endSeen;
  const title = tool.approval?.title ?? toVerb(tool);
  const allow = (scope: 'once' | 'session') => endSeen && give({ result: 'allow', scope });

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
      if (key === 'a') {
        if (endSeen) give({ result: 'allow', scope: 'once' });
      } else if (key === 'd') give({ result: 'deny' });
      else return;
      event.preventDefault();
    };
    dock.addEventListener('keydown', onKey);
    return () => dock.removeEventListener('keydown', onKey);
  }, [singleKeys, denying, endSeen, give]);

  return (
    <div ref={card} role="group" aria-labelledby={id} className="flex min-h-0 flex-col flat:flex-row">
      <div className="contents flat:flex flat:min-h-0 flat:flex-1 flat:flex-col flat:overflow-y-auto">
        <div className="shrink-0 px-4 pt-3">
          <CardHead id={id} Icon={Hand}>
            <VisibleText text={title} />
            {categoryOf(tool) === 'other' && (
              <span className="font-normal text-muted">
                {' '}
                <VisibleText text={toToolName(tool)} />
              </span>
            )}
          </CardHead>
          <Facts tool={tool} />
        </div>
        <Suspense fallback={<p className="mx-4 mt-2 text-sm text-muted">{t.app.loading}</p>}>
          <ApprovalPreview
            tool={tool}
            label={title}
            onShown={useCallback(() => setShown(true), [])}
            onFolded={setFolded}
            onEndSeen={useCallback(() => setEndSeen(true), [])}
          />
        </Suspense>
        {unseen && <SeeRest id={`${id}-unseen`} card={card} folded={folded} />}
        {!unseen && rule !== null && !denying && <OwnRule id={`${id}-rule`} rule={rule} />}
      </div>
      <div className="order-1 shrink-0 px-4 pt-2 pb-3 flat:overflow-y-auto flat:pt-3 flat:pl-0">
        <AnswerProblem problem={answer.problem} />
        {denying ? (
          <DenyForm
            busy={answer.busy}
            onCancel={() => setDenying(false)}
            onDeny={(message) => give({ result: 'deny', deny_message: message })}
          />
        ) : (
          <div className="flex flex-wrap gap-2 max-md:grid max-md:grid-cols-2 max-md:[&>button]:text-sm max-md:[&>button]:leading-4 max-md:[&>button]:whitespace-normal flat:flex flat:w-44 flat:flex-col flat:flex-nowrap flat:gap-1.5">
            <Button
              look="primary"
              busy={answer.busy || !endSeen}
              onClick={() => allow('once')}
              aria-keyshortcuts="A"
              {...(unseen && { 'aria-describedby': `${id}-unseen` })}
            >
              {t.approvals.allowOnce}
            </Button>
            {rule !== null && (
              <Button
                busy={answer.busy || !endSeen}
                onClick={() => allow('session')}
                aria-describedby={unseen ? `${id}-unseen` : `${id}-rule`}
              >
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
        )}
      </div>
    </div>
  );
}

/** The file or what the agent says of the command; then where, who asked, and why. */
function Facts({ tool }: { tool: ToolItem }) {
  const asker = useSession((state) =>
    tool.threadId === null ? null : (state.view.threads.get(tool.threadId)?.agentName ?? null),
  );
  const path = toWorkspacePath(readText(tool.input, 'file_path') || readText(tool.input, 'notebook_path'));
  const told = path !== '' ? path : readText(tool.input, 'description');
  const facts = [
    path.startsWith('/') ? null : t.approvals.folder,
    asker !== null && asker !== '' ? t.approvals.askedBy(asker) : null,
    tool.approval?.reason ?? null,
  ].filter((fact) => fact !== null);
  return (
    <div className="flat:flex flat:items-baseline flat:gap-3">
      {told !== '' && (
        <p
          title={told}
          className={clsx(
            'wrap-anywhere',
            path === '' ? 'line-clamp-2 text-sm flat:line-clamp-1' : 'code-text',
            'flat:max-w-[60%] flat:shrink-0',
          )}
        >
          <VisibleText text={told} />
        </p>
      )}
      {facts.length > 0 && (
        <p className="mt-0.5 flex min-w-0 items-start gap-1.5 text-sm text-muted">
          <FolderClosed size={13} aria-hidden className="mt-[3.5px] shrink-0" />
          <span className="line-clamp-2 min-w-0 wrap-anywhere short:line-clamp-1">
            <VisibleText text={facts.join(' · ')} />
          </span>
        </p>
      )}
    </div>
  );
}

/** What the second button would allow; never longer than two lines. */
function OwnRule({ id, rule }: { id: string; rule: RuleSubject }) {
  const sentence = t.approvals.untilTheEnd(describeOwnRule(rule));
  return (
    <p
      id={id}
      title={sentence}
      data-rule=""
      className="order-2 -mt-1 mr-4 mb-3 ml-4 line-clamp-2 shrink-0 text-xs short:line-clamp-1 wrap-anywhere text-muted flat:mt-1.5 flat:mb-2"
    >
      {t.approvals.allowSession}: <VisibleText text={sentence} />
    </p>
  );
}

interface SeeRestProps {
  id: string;
  card: React.RefObject<HTMLDivElement | null>;
  folded: boolean;
}

/** What is to be done before it can be allowed. */
function SeeRest({ id, card, folded }: SeeRestProps) {
  return (
    <p
      id={id}
      data-unseen=""
      className="order-2 -mt-1 mr-4 mb-3 ml-4 flex shrink-0 items-center gap-2 text-sm text-warn flat:mt-1.5 flat:mb-2"
    >
      {folded ? t.approvals.seeAll : t.approvals.seeEnd}
      {!folded && (
        <Button
          size="small"
          onClick={() => card.current?.querySelector('[data-review-end]')?.scrollIntoView({ block: 'nearest' })}
        >
          {t.approvals.showEnd}
        </Button>
      )}
    </p>
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
