import { useEffect, useRef, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useDraft } from '../../services/use-draft.ts';
import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import type { Answer } from '../../session/session-sending.ts';
import { usePendingCalls } from '../approvals/use-pending-calls.ts';
import { readQuestions } from '../tools/read-questions.ts';

/** Enter this soon after a call asked was meant for the message that the person had begun, and is ignored. */
const GUARD_MS = 300;

export interface Reply {
  label: string;
  short: string;
  help: string;
  placeholder: string;
  busy: boolean;
  give: (text: string) => void;
}

export interface ReplyControl {
  /** The call that Enter answers; null where Enter sends a message. */
  reply: Reply | null;
  /** A call waits, and the text in the box is not an answer to it. */
  isBeside: boolean;
  /** Called when a person types the first character into an empty box. */
  noteBegin: () => void;
}

const NONE: readonly string[] = [];

/**
 * Decides what the message box does while a call waits for a person. Its text is an answer only if the person began it
 * while the call was on screen. A text that was begun earlier, or that was returned to the box, is a message and never
 * an answer.
 */
export function useReply(draftKey: string): ReplyControl {
  const session = useSessionStore();
  const { tool } = usePendingCalls();
  const pendingIds = useSession((state) => state.view.pendingIds);
  const busy = useSession((state) => state.answers.get(tool?.id ?? '') === 'sending');
  const { drafts } = useServices();
  const [draft] = useDraft(draftKey);
  /** The calls that waited when the person began the text in the box. */
  const [begunFor, setBegunFor] = useState(NONE);
  if (draft === '' && begunFor !== NONE) setBegunFor(NONE);
  const askedAt = useRef(0);
  useEffect(() => {
    askedAt.current = performance.now();
  }, [tool?.id]);
  const noteBegin = () => setBegunFor(pendingIds);
  if (tool === undefined) return { reply: null, isBeside: false, noteBegin };
  if (tool.elicitation !== null || (draft !== '' && !begunFor.includes(tool.id)))
    return { reply: null, isBeside: true, noteBegin };
  const reply = {
    ...wordsFor(tool),
    busy,
    give(text: string) {
      if (performance.now() - askedAt.current < GUARD_MS) return;
      drafts.hold(draftKey, { kind: 'answer', text, files: [], toolUseId: tool.id });
      void session.answer(tool.id, toAnswer(tool, text.trim())).then((arrived) => {
        if (arrived) return drafts.release(draftKey);
        drafts.putBack(draftKey);
        return setBegunFor([tool.id]);
      });
    },
  };
  return { reply, isBeside: false, noteBegin };
}

function wordsFor(tool: ToolItem) {
  if (tool.server === null && tool.name === 'AskUserQuestion') return t.composer.reply.question;
  if (tool.server === null && tool.name === 'ExitPlanMode') return t.composer.reply.plan;
  return t.composer.reply.approval;
}

/** A free-text answer to every question that is asked, or a denial with its reason. */
function toAnswer(tool: ToolItem, text: string): Answer {
  const questions = tool.server === null && tool.name === 'AskUserQuestion' ? readQuestions(tool.input) : [];
  if (questions.length === 0) return { result: 'deny', deny_message: text };
  return { result: 'allow', answers: Object.fromEntries(questions.map(({ question }) => [question, text])) };
}
