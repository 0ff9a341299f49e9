import { UserRoundPlus } from 'lucide-react';
import { useId, useState, type FormEvent } from 'react';

import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { useServices } from '../../services/services.ts';
import { useMayDrive } from '../../services/session-level.ts';
import type { ToolItem } from '../../session/items.ts';
import type { Problem } from '../../session/problem.ts';
import { useSessionStore } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { AnswerProblem } from './answer-problem.tsx';

/**
 * Whether the call can still be handed over. Operators who were handed it cannot take it further, and the form of an MCP
 * server is for the people of the session.
 */
export function mayHandOver({ approval, elicitation }: ToolItem): boolean {
  return elicitation === null && approval !== null && approval.handedOver === null;
}

/** In words where there is room beside the heading of a card; below it a row of its own would cost the command its place. */
export function HandOverButton({ onClick }: { onClick: () => void }) {
  return (
    <Button
      size="small"
      look="quiet"
      aria-label={t.approvals.handOver.open}
      title={t.approvals.handOver.open}
      onClick={onClick}
    >
      <UserRoundPlus size={15} aria-hidden className="shrink-0 text-muted" />
      <span className="max-md:hidden">{t.approvals.handOver.open}</span>
    </Button>
  );
}

/** Hands the call to the operators, with a note for them. */
export function HandOverForm({ toolUseId, onEnd }: { toolUseId: string; onEnd: () => void }) {
  const session = useSessionStore();
  const [note, setNote] = useState('');
  const [state, setState] = useState<'busy' | Problem | null>(null);
  const { question } = useUnsaved(note.trim() !== '' && state !== 'busy');
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (state === 'busy') return;
    setState('busy');
    const problem = await session.handOver(toolUseId, note.trim() === '' ? null : note.trim());
    setState(problem);
    if (problem === null) onEnd();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {t.approvals.handOver.label}
      </label>
      <p id={`${id}-help`} className="mb-1 text-sm text-muted">
        {t.approvals.handOver.help}
      </p>
      <input
        id={id}
        autoFocus
        maxLength={500}
        value={note}
        aria-describedby={`${id}-help`}
        placeholder={t.approvals.handOver.placeholder}
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          onEnd();
        }}
        className="tap mb-2 h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
      />
      <AnswerProblem problem={state === 'busy' ? null : state} text={t.approvals.handOver.failed} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={state === 'busy'}>
          {t.approvals.handOver.submit}
        </Button>
        <Button look="quiet" onClick={onEnd}>
          {t.app.cancel}
        </Button>
      </div>
      {question}
    </form>
  );
}

/** Who has handed the call to the operators, with their note, and the way back. */
export function HandedOver({ tool }: { tool: ToolItem }) {
  const { bootstrap } = useServices();
  const session = useSessionStore();
  const mayDrive = useMayDrive();
  const [problem, setProblem] = useState<Problem | null>(null);
  const handedOver = tool.approval?.handedOver ?? null;
  if (handedOver === null) return null;
  const { by, note } = handedOver;
  const name = by?.id === bootstrap.user.id ? chat.transcript.you.toLowerCase() : (by?.name ?? null);
  return (
    <div data-handed-over="" className="mt-1.5 text-sm">
      <div className="flex items-center gap-1.5">
        <UserRoundPlus size={14} aria-hidden className="mt-[3px] shrink-0 self-start text-muted" />
        <p className="min-w-0 flex-1 wrap-anywhere">
          <VisibleText text={t.approvals.handOver.done(name)} />
          {note !== null && (
            <>
              : “<VisibleText text={note} />”
            </>
          )}
        </p>
        {mayDrive && by !== null && (
          <Button size="small" onClick={() => void session.takeBack(tool.id).then(setProblem)}>
            {t.approvals.handOver.takeBack}
          </Button>
        )}
      </div>
      <AnswerProblem problem={problem} text={t.approvals.handOver.failed} />
    </div>
  );
}
