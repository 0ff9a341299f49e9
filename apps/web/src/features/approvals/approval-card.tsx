import type { RuleSubject } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { FolderClosed, Hand } from 'lucide-react';
import { lazy, Suspense, useCallback, useId, useRef, useState } from 'react';

import { findInFolders, useDirectFolders, type DirectFolder } from '../../services/direct-folders.ts';
import { usePreferences } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { categoryOf, toToolName, toWorkspacePath } from '../tools/describe-tool.ts';
import { readText } from '../tools/tool-values.ts';
import { AnswerButtons } from './answer-buttons.tsx';
import { AnswerProblem } from './answer-problem.tsx';
import { CardHead } from './card-head.tsx';
import { DenyForm } from './deny-form.tsx';
import { describeOwnRule } from './describe-rule.ts';
import { HandedOver, HandOverButton, HandOverForm, mayHandOver } from './hand-over.tsx';
import { SecondPerson, useMayAllow } from './second-person.tsx';
import { SecretsNote } from './secrets-note.tsx';
import { useAnswer } from './use-answer.ts';
import { useAnswerKeys } from './use-answer-keys.ts';

const ApprovalPreview = lazy(() =>
  import('./approval-preview.tsx').then((module) => ({ default: module.ApprovalPreview })),
);

/**
 * A tool call that waits for approval: what it does, its full input, the folder, which agent asked and why, and what
 * "allow for this session" would allow.
 */
export function ApprovalCard({ tool }: { tool: ToolItem }) {
  const [shown, setShown] = useState(false);
  const [endSeen, setEndSeen] = useState(false);
  const [folded, setFolded] = useState(false);
  const answer = useAnswer(tool.id, shown);
  const [form, setForm] = useState<'deny' | 'handOver' | null>(null);
  const mayAllow = useMayAllow(tool);
  const [revealed, setRevealed] = useState(false);
  const card = useRef<HTMLDivElement>(null);
  const id = useId();
  const singleKeys = usePreferences((state) => state.singleKeys);
  const rule = tool.approval?.rule ?? null;
  const { give } = answer;
  const unseen = shown && !endSeen;
  const title = tool.approval?.title ?? toVerb(tool);

  useAnswerKeys({ card, enabled: singleKeys && form === null, mayAllow: mayAllow && endSeen, give });

  return (
    <div ref={card} role="group" aria-labelledby={id} className="flex min-h-0 flex-col flat:flex-row">
      <div className="contents flat:flex flat:min-h-0 flat:flex-1 flat:flex-col flat:overflow-y-auto">
        <div className="shrink-0 px-4 pt-3">
          <CardHead
            id={id}
            Icon={Hand}
            action={mayAllow && mayHandOver(tool) && <HandOverButton onClick={() => setForm('handOver')} />}
          >
            <VisibleText text={title} />
            {categoryOf(tool) === 'other' && !title.includes(toToolName(tool)) && (
              <span className="font-normal text-muted">
                {' '}
                <VisibleText text={toToolName(tool)} />
              </span>
            )}
          </CardHead>
          <Facts tool={tool} />
          <SecondPerson tool={tool} mayAllow={mayAllow} />
          <HandedOver tool={tool} />
        </div>
        {tool.secrets !== null && <SecretsNote secrets={tool.secrets} revealed={revealed} onReveal={setRevealed} />}
        <Suspense fallback={<p className="mx-4 mt-2 text-sm text-muted">{t.app.loading}</p>}>
          <ApprovalPreview
            tool={revealed ? withSecrets(tool) : tool}
            label={title}
            onShown={useCallback(() => setShown(true), [])}
            onFolded={setFolded}
            onEndSeen={useCallback(() => setEndSeen(true), [])}
          />
        </Suspense>
        {unseen && mayAllow && <SeeRest id={`${id}-unseen`} card={card} folded={folded} />}
        {!unseen && rule !== null && form === null && <OwnRule id={`${id}-rule`} rule={rule} />}
      </div>
      <div className="order-1 shrink-0 px-4 pt-2 pb-3 flat:overflow-y-auto flat:pt-3 flat:pl-0">
        <AnswerProblem problem={answer.problem} />
        {form === 'handOver' && <HandOverForm toolUseId={tool.id} onEnd={() => setForm(null)} />}
        {form === 'deny' && (
          <DenyForm
            busy={answer.busy}
            onCancel={() => setForm(null)}
            onDeny={(message) => give({ result: 'deny', deny_message: message })}
          />
        )}
        {form === null && (
          <AnswerButtons
            id={id}
            busy={answer.busy}
            endSeen={endSeen}
            unseen={unseen}
            mayAllow={mayAllow}
            hasRule={rule !== null}
            give={give}
            onDeny={() => setForm('deny')}
            onHandOver={!mayAllow && mayHandOver(tool) ? () => setForm('handOver') : null}
          />
        )}
      </div>
    </div>
  );
}

function withSecrets(tool: ToolItem): ToolItem {
  const original = tool.secrets?.original ?? null;
  return original === null ? tool : { ...tool, input: original };
}

/** The file, or the agent's description of the command; then the folder, which agent asked, and why. */
function Facts({ tool }: { tool: ToolItem }) {
  const asker = useSession((state) =>
    tool.threadId === null ? null : (state.view.threads.get(tool.threadId)?.agentName ?? null),
  );
  const path = toWorkspacePath(readText(tool.input, 'file_path') || readText(tool.input, 'notebook_path'));
  const told = path !== '' ? path : readText(tool.input, 'description');
  const folders = useDirectFolders();
  const facts = [
    tool.plugin === null ? null : chat.tools.plugin(tool.plugin.display_name, tool.plugin.name),
    toPlace(tool, { path, folders }),
    tool.server === null && tool.input['run_in_background'] === true ? chat.tools.background : null,
    asker !== null && asker !== '' ? t.approvals.askedBy(asker) : null,
    // The note on secrets says the same.
    tool.secrets !== null && tool.approval?.askedBy?.layer === 'secrets' ? null : (tool.approval?.reason ?? null),
    toAskedBy(tool.approval),
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
          <span className="line-clamp-2 min-w-0 wrap-anywhere max-md:line-clamp-6 short:line-clamp-1">
            <VisibleText text={facts.join(' · ')} />
          </span>
        </p>
      )}
    </div>
  );
}

/** Calls that may change whatever the agent can. */
const OPEN_ENDED: ReadonlySet<string> = new Set(['command', 'agent', 'other']);

/** Where the call acts; null where its path says that, and for what an MCP server does, which is where that runs. */
function toPlace(tool: ToolItem, { path, folders }: { path: string; folders: readonly DirectFolder[] }): string | null {
  const category = categoryOf(tool);
  if (tool.server !== null || category === 'resource') return null;
  const found = findInFolders(folders, path);
  if (found !== null) return t.approvals.inFolder(found.folder.path, category !== 'read');
  if (path.startsWith('/') || path.split('/').includes('..')) return null;
  const reached = folders.filter(({ isThere }) => isThere).map((folder) => folder.path);
  return OPEN_ENDED.has(category) && reached.length > 0 ? t.approvals.withFolders(reached) : t.approvals.folder;
}

/** What "allow for this session" would allow, in at most two lines. */
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

/** What a person has to do before they can allow the call. */
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

/** The layer of the policy and its rule, where the reason does not name them. */
function toAskedBy(approval: ToolItem['approval']): string | null {
  const { askedBy = null, reason = null } = approval ?? {};
  if (askedBy === null || askedBy.layer === 'default' || askedBy.layer === 'session') return null;
  if (askedBy.layer === 'secrets') return null;
  const { rule, layer, plugin } = askedBy;
  // The reason names it.
  if (layer === 'hook' && plugin !== undefined) return null;
  if (rule !== null && reason?.includes(rule) === true) return null;
  return t.approvals.layers[layer](rule ?? '');
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
