import type { ElicitRequest } from '@modelcontextprotocol/sdk/types.js';

import type { Elicitation, ElicitationAnswer } from '../../permissions/elicitation.ts';
import type { McpNotices } from './mcp-notices.ts';
import { createQuestionBudget } from './question-budget.ts';
import { toElicitation } from './to-elicitation.ts';

/** Of one server at the same time. */
const MAX_QUESTIONS = 5;

export interface McpQuestionsDeps {
  /** Name of the server in the agent's definition. */
  name: string;
  notices: Pick<McpNotices, 'tellDeclined'>;
  /** Asks people what the server wants to know. The signal withdraws the question. */
  elicit(asked: Elicitation, signal: AbortSignal): Promise<ElicitationAnswer>;
  /** Withdraws every question. */
  signal: AbortSignal;
}

/** The questions of one MCP server, which people are asked only while a call of its tools runs. */
export interface McpQuestions {
  noteCallBegin(): void;
  /** After the last call nobody waits for the answers, so the questions are withdrawn. */
  noteCallEnd(): void;
  /** Asks people. A question that comes when no call runs, or that cannot be shown, is declined, and so is one too many. */
  ask(params: ElicitRequest['params'], waiting: AbortSignal): Promise<ElicitationAnswer>;
}

export function createMcpQuestions({ name, notices, elicit, signal }: McpQuestionsDeps): McpQuestions {
  /** Calls of its tools that run now. */
  let calls = 0;
  /** Aborts when none runs any more. */
  let callsEnd = new AbortController();
  /** Questions that people are asked now. */
  let questions = 0;
  const budget = createQuestionBudget();
  let isFloodTold = false;

  const findFlood = (asked: Elicitation): string | undefined => {
    if (questions >= MAX_QUESTIONS) return 'too many of its questions wait already';
    return budget.take(JSON.stringify(asked).length) ? undefined : 'it has asked too much';
  };

  return {
    noteCallBegin() {
      calls += 1;
      budget.noteCallStart();
    },
    noteCallEnd() {
      calls -= 1;
      if (calls > 0) return;
      callsEnd.abort();
      callsEnd = new AbortController();
      isFloodTold = false;
      budget.noteCallsEnd();
    },
    async ask(params, waiting) {
      const asked = calls === 0 ? { problem: 'no call of its tools runs' } : toElicitation(name, params);
      if ('problem' in asked) {
        notices.tellDeclined(params.message, asked.problem);
        return { action: 'decline' };
      }
      const flood = findFlood(asked);
      if (flood !== undefined) {
        if (!isFloodTold) notices.tellDeclined(params.message, flood);
        isFloodTold = true;
        return { action: 'decline' };
      }
      questions += 1;
      try {
        return await elicit(asked, AbortSignal.any([waiting, signal, callsEnd.signal]));
      } finally {
        questions -= 1;
      }
    },
  };
}
