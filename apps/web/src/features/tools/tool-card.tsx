import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import { useId } from 'react';

import { useServices } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';
import { formatDuration } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { useDisclosure } from '../../ui/disclosure.ts';
import { describeDecision, describeDenier, describePolicyDenial } from './describe-decision.ts';
import { categoryOf, objectOf, toToolName } from './describe-tool.ts';
import { PluginMark } from './plugin-mark.tsx';
import { ToolBody } from './tool-body.tsx';
import { ToolIcon } from './tool-icon.tsx';
import { ToolStatusMark } from './tool-status-mark.tsx';
import { readText, toDuration } from './tool-values.ts';

/**
 * A tool call: one line, with its details below on demand or after a failure. `behind` is true if an earlier call of
 * the same group waits for approval.
 */
export function ToolCard({ item, behind = false }: { item: ToolItem; behind?: boolean }) {
  const { bootstrap } = useServices();
  const category = categoryOf(item);
  const opensItself =
    item.status === 'failed' ||
    item.status === 'program' ||
    item.app !== null ||
    ((category === 'edit' || category === 'plan' || category === 'question') && item.status === 'done');
  const [open, setOpen] = useDisclosure(item.id, opensItself);
  const bodyId = useId();
  const object = objectOf(item);
  const title = readText(item.input, 'file_path') || readText(item.input, 'command') || undefined;
  const duration = toDuration(item);
  const mono = category === 'command' || category === 'search';
  return (
    <div className={clsx('rounded-md border bg-raised', item.status === 'failed' ? 'border-bad' : 'border-line')}>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={bodyId}
        title={title}
        onClick={() => setOpen(!open)}
        className="tap flex min-h-9 w-full items-center gap-2 rounded-md px-3 py-1.5 text-left hover:bg-hover"
      >
        <ToolIcon category={category} />
        {category !== 'other' && <span className="shrink-0 text-sm font-semibold">{toToolName(item)}</span>}
        <span
          className={clsx(
            'min-w-0 truncate text-sm',
            mono && 'font-mono',
            category === 'other'
              ? 'font-semibold max-md:line-clamp-2 max-md:wrap-anywhere max-md:whitespace-normal'
              : 'text-muted',
          )}
        >
          <VisibleText text={object} />
        </span>
        {item.plugin !== null && <PluginMark plugin={item.plugin} />}
        <span className="ml-auto flex shrink-0 items-center gap-2 pl-2">
          {duration !== null && duration >= 1000 && (
            <span className="nums text-xs text-muted">{formatDuration(duration, true)}</span>
          )}
          <ToolStatusMark
            status={behind && item.status === 'running' ? 'waits' : item.status}
            question={category === 'question'}
            expired={item.status === 'notRun' && item.cancelled === 'expired'}
            denier={describeDenier(item, bootstrap.user.id)}
          />
          <ChevronRight
            size={14}
            aria-hidden
            className={clsx('text-muted transition-transform duration-120', open && 'rotate-90')}
          />
        </span>
      </button>
      {open && (
        <div id={bodyId} className="border-t border-line px-3 py-3">
          {item.plugin !== null && (
            <p className="mb-2 text-sm wrap-anywhere text-muted">
              <VisibleText text={chat.tools.plugin(item.plugin.display_name, item.plugin.name)} />
            </p>
          )}
          <DecisionLine item={item} />
          {item.cancelled !== null && (
            <p className="mb-2 text-sm text-muted">{chat.tools.notRunHelp[item.cancelled]}</p>
          )}
          <ProgramLine item={item} />
          {item.status === 'stopped' && item.custom !== true && (
            <p className="mb-2 text-sm text-muted">{chat.tools.stoppedHelp}</p>
          )}
          <ToolBody item={item.deniedBy === null ? item : { ...item, output: null }} />
        </div>
      )}
    </div>
  );
}

/** That a program outside has to run the call, or did. */
function ProgramLine({ item: { custom, status } }: { item: ToolItem }) {
  if (custom !== true || status === 'denied') return null;
  const { waits, answered, givenUp } = chat.tools.program;
  const text =
    status === 'stopped' || status === 'notRun' ? givenUp : status === 'done' || status === 'failed' ? answered : waits;
  return <p className="mb-2 text-sm text-muted">{text}</p>;
}

/** Who answered the approval, or what of the policy denied the call, and the reason. */
function DecisionLine({ item }: { item: ToolItem }) {
  const { bootstrap } = useServices();
  const { decision, deniedBy } = item;
  const [line, reason] =
    deniedBy !== null
      ? describePolicyDenial(deniedBy, item.output)
      : decision === null || (decision.answers !== null && decision.result === 'allow')
        ? [null, null]
        : [describeDecision(decision, bootstrap.user.id), decision.message];
  if (line === null) return null;
  return (
    <p className="mb-2 text-sm wrap-anywhere text-muted">
      <VisibleText text={line} />
      {reason !== null && reason !== '' && (
        <>
          : “<VisibleText text={reason} />”
        </>
      )}
    </p>
  );
}
