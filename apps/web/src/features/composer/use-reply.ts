import { useEffect, useRef } from 'react';

import { useDraft } from '../../services/use-draft.ts';
import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { Answer } from '../../session/session-sending.ts';
import { usePendingCalls } from '../approvals/use-pending-calls.ts';
import { readQuestions } from '../tools/read-questions.ts';

/** Enter within this time after something was asked was meant for the message as it was begun. */
const GUARD_MS = 300;

export interface Reply {
  label: string;
  short: string;
  help: string;
  placeholder: string;
  busy: boolean;
  give: (text: string) => void;
}

/** What the message box does while a call waits for a person: its text is the answer. Null while none does. */
export function useReply(draftKey: string): Reply | null {
  const session = useSessionStore();
  const { tool } = usePendingCalls();
  const busy = useSession((state) => state.answers.get(tool?.id ?? '') === 'sending');
  const [, setDraft] = useDraft(draftKey);
  const askedAt = useRef(0);
  useEffect(() => {
    askedAt.current = performance.now();
  }, [tool?.id]);
  if (tool === undefined) return null;
  return {
    ...wordsFor(tool),
    busy,
    give(text) {
      if (performance.now() - askedAt.current < GUARD_MS) return;
      void session.answer(tool.id, toAnswer(tool, text.trim())).then((arrived) => arrived && setDraft(''));
    },
  };
}

function wordsFor(tool: ToolItem) {
  if (tool.server === null && tool.name === 'AskUserQuestion') return t.composer.reply.question;
  if (tool.server === null && tool.name === 'ExitPlanMode') return t.composer.reply.plan;
  return t.composer.reply.approval;
}

/** Something else than the offered answers, to every question that is asked; or a refusal with its reason. */
function toAnswer(tool: ToolItem, text: string): Answer {
  const questions = tool.server === null && tool.name === 'AskUserQuestion' ? readQuestions(tool.input) : [];
  if (questions.length === 0) return { result: 'deny', deny_message: text };
  return { result: 'allow', answers: Object.fromEntries(questions.map(({ question }) => [question, text])) };
}
