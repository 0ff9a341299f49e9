import { CircleStop, FileDiff, GitBranch, Link, RotateCcw, TriangleAlert } from 'lucide-react';
import { useContext, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { SessionView, TurnSummary, TurnView } from '../../session/session-view.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatCost, formatCount, formatDuration } from '../../ui/format.ts';
import { PanelLink } from '../../services/panel-link.tsx';
import { useMayDrive } from '../../services/session-level.ts';
import { useArchived } from '../../services/use-archived.ts';
import { toMessageLink } from '../../services/message-link.ts';
import { useBranch } from '../../services/use-branch.ts';
import { useMayBranch } from '../../services/use-may-branch.ts';
import { useDisclosure } from '../../ui/disclosure.ts';
import { t as costs } from '../status/cost-messages.ts';
import { formatPartCost } from '../status/format-part-cost.ts';
import { PlaceContext } from './place-context.ts';
import { b } from './messages.ts';
import { TurnImages } from './turn-images.tsx';

/** How a turn ended: changed files, time, tokens and cost, and a button to continue if the turn was cut short. */
export function TurnEndRow({ turn, latest }: { turn: TurnView; latest: boolean }) {
  const { bootstrap } = useServices();
  const session = useSessionStore();
  const idle = useSession((state) => state.view.activity === 'idle' && state.view.waitingIds.length === 0);
  // The error row above already tells everything about the failure.
  const hasError = useSession(({ view }) => turn.itemIds.some((id) => view.items.get(id)?.kind === 'error'));
  const archived = useArchived();
  const mayDrive = useMayDrive();
  const [open, setOpen] = useDisclosure(`files:${turn.id}`, false);
  const [costOpen, setCostOpen] = useDisclosure(`cost:${turn.id}`, false);
  const { summary } = turn;
  if (summary === null) return null;
  const files = summary.changedFiles;
  const { tokens } = summary;
  const cut = summary.outcome !== 'completed';
  const told = summary.outcome === 'failed' && hasError;
  return (
    <footer className="mt-1 mb-3 border-b border-line pb-4 text-xs text-muted">
      {cut && !told && (
        <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2 text-sm">
          <span className="flex items-center gap-1.5">
            {summary.outcome === 'interrupted' ? (
              <CircleStop size={14} aria-hidden />
            ) : (
              <TriangleAlert size={14} aria-hidden className="text-bad" />
            )}
            {chat.transcript.turnEnd[summary.outcome]}
          </span>
          {latest && idle && !archived && mayDrive && summary.outcome === 'interrupted' && (
            <Button size="small" onClick={() => void session.sendMessage(chat.transcript.continuePrompt)}>
              {chat.transcript.continue}
            </Button>
          )}
        </div>
      )}
      <div className="flex items-center gap-2">
        <div className="nums flex min-h-7 min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
          {files.length > 0 && (
            <button
              type="button"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
              className="tap flex items-center gap-1.5 rounded-sm font-semibold text-accent hover:underline"
            >
              <FileDiff size={13} aria-hidden />
              {chat.transcript.files(files.length)}
            </button>
          )}
          <span>{formatDuration(summary.durationMs, true)}</span>
          {/* On a phone only the figures that fit into one line; the status line shows the others. */}
          {tokens > 0 && <span className="max-md:hidden">{chat.status.tokens(formatCount(tokens))}</span>}
          {/* The demo costs nothing, although Claude would. */}
          {!bootstrap.demo && <Cost summary={summary} open={costOpen} onOpen={setCostOpen} />}
        </div>
        <span className="-my-1 flex shrink-0 items-center">
          <RerunButton turn={turn} />
          <BranchButton turn={turn} />
          <LinkButton turn={turn} />
          <CopyButton text={() => answerOf(session.store.getState().view, turn)} label={chat.transcript.copyAnswer} />
        </span>
      </div>
      {costOpen && <CostDetails summary={summary} />}
      {open && (
        <ul className="mt-2 flex flex-col gap-0.5">
          {files.map((file) => (
            <li key={file} className="code-text wrap-anywhere">
              <PanelLink view={{ tab: 'changes', path: file }}>{file}</PanelLink>
            </li>
          ))}
        </ul>
      )}
      <TurnImages turn={turn} />
    </footer>
  );
}

/** The cost of the turn; a button where there is more to say of it. */
function Cost(props: { summary: TurnSummary; open: boolean; onOpen: (open: boolean) => void }) {
  const { summary, open, onOpen } = props;
  const text = formatPartCost(summary.costUsd, summary.unpriced);
  if (summary.unpriced === 0 && summary.reportedCostUsd === null) return <span>{text}</span>;
  return (
    <button
      type="button"
      aria-expanded={open}
      onClick={() => onOpen(!open)}
      className="tap rounded-sm underline hover:text-text"
    >
      {text}
    </button>
  );
}

function CostDetails({ summary: { unpriced, reportedCostUsd } }: { summary: TurnSummary }) {
  return (
    <p className="mt-1">
      {unpriced > 0 && costs.unpricedHelp(unpriced)}{' '}
      {reportedCostUsd !== null && costs.reported(formatCost(reportedCostUsd))}
    </p>
  );
}

/** Asks for another answer to the message of the turn. The present one stays as another branch. */
function RerunButton({ turn }: { turn: TurnView }) {
  const session = useSessionStore();
  const mayBranch = useMayBranch();
  const { letGo, toBottom } = useContext(PlaceContext);
  const isIdle = useSession(({ view, branching }) => view.activity === 'idle' && branching.state !== 'busy');
  const messageId = useSession(({ view }) => turn.itemIds.find((id) => view.items.get(id)?.kind === 'user'));
  if (!mayBranch || messageId === undefined) return null;
  const rerun = () => {
    letGo();
    void session.rerun(messageId).then(toBottom);
  };
  return (
    <IconButton size="small" label={b.rerun} disabled={!isIdle} onClick={rerun}>
      <RotateCcw size={14} aria-hidden />
    </IconButton>
  );
}

/** Copies a link to the answer. */
function LinkButton({ turn }: { turn: TurnView }) {
  const session = useSessionStore();
  const answerId = useSession(({ view }) => turn.itemIds.findLast((id) => view.items.get(id)?.kind === 'text'));
  if (answerId === undefined) return null;
  const link = () => toMessageLink(session.store.getState().sessionId, answerId);
  return <CopyButton text={link} label={b.copyLink} icon={<Link size={14} aria-hidden />} />;
}

/** Branches from here into a new session; this session does not change. */
function BranchButton({ turn }: { turn: TurnView }) {
  const branchFrom = useBranch();
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle');
  const branch = async () => {
    setState('busy');
    setState((await branchFrom(turn.id)) === null ? 'idle' : 'failed');
  };
  return (
    <>
      {state === 'failed' && (
        <span role="alert" className="text-bad">
          {chat.transcript.branchFailed}
        </span>
      )}
      <IconButton size="small" label={chat.transcript.branch} disabled={state === 'busy'} onClick={() => void branch()}>
        <GitBranch size={14} aria-hidden />
      </IconButton>
    </>
  );
}

/** The agent's texts of a turn, as Markdown. */
function answerOf(view: SessionView, turn: TurnView): string {
  const texts = turn.itemIds.flatMap((id) => {
    const item = view.items.get(id);
    return item?.kind === 'text' && item.cutOff !== true ? [item.text] : [];
  });
  return texts.join('\n\n');
}
