import type { ApprovalRequestedEvent, UserToolConfirmationParams } from '@claude-sdk-pattern/protocol';

import { describeToolInput } from './summarize-tool.ts';
import { toTerminalLine, toTerminalText } from './terminal-text.ts';
import type { ToolUse } from './turn-state.ts';

/** Asks one question and resolves with the typed line. Rejects with an AbortError when the question is withdrawn. */
export type Ask = (question: string) => Promise<string>;

interface Choice {
  question: string;
  multiSelect: boolean;
  options: { label: string; description: string }[];
}

/**
 * Asks about a tool call that waits for approval, and returns the answer to send. `show` writes a line above the
 * question.
 */
export async function askApproval(
  toolUse: ToolUse,
  approval: ApprovalRequestedEvent | undefined,
  io: { ask: Ask; show: (line: string) => void },
): Promise<UserToolConfirmationParams> {
  const choices = readChoices(toolUse);
  const base = { type: 'user.tool_confirmation' as const, tool_use_id: toolUse.id };
  if (choices.length > 0) {
    const answers: Record<string, string> = {};
    for (const choice of choices) answers[choice.question] = await askChoice(choice, io);
    return { ...base, result: 'allow', answers };
  }
  const title = approval?.title ?? `Use ${toolUse.name}`;
  io.show(
    `? ${toTerminalLine(title, 200)}${approval?.reason == null ? '' : ` (${toTerminalLine(approval.reason, 200)})`}`,
  );
  for (const line of describeToolInput(toolUse.input)) io.show(`    ${line}`);
  return { ...base, ...(await askPermission(approval?.session_rule ?? null, io.ask)) };
}

async function askPermission(
  sessionRule: string | null,
  ask: Ask,
): Promise<Pick<UserToolConfirmationParams, 'result' | 'scope' | 'deny_message'>> {
  const session = sessionRule === null ? '' : `, s = for the session (${toTerminalLine(sessionRule, 80)})`;
  for (;;) {
    const [key = '', ...rest] = (await ask(`  y = once${session}, n = no, or n and the reason: `)).trim().split(/\s+/);
    switch (key.toLowerCase()) {
      case 'y':
        return { result: 'allow', scope: 'once' };
      case 's':
        if (sessionRule !== null) return { result: 'allow', scope: 'session' };
        break;
      case 'n':
        return rest.length > 0 ? { result: 'deny', deny_message: rest.join(' ') } : { result: 'deny' };
    }
  }
}

async function askChoice(choice: Choice, { ask, show }: { ask: Ask; show: (line: string) => void }): Promise<string> {
  show(`? ${toTerminalText(choice.question)}`);
  choice.options.forEach(({ label, description }, index) => {
    show(
      `    ${index + 1}. ${toTerminalLine(label, 100)}${description === '' ? '' : ` – ${toTerminalLine(description, 200)}`}`,
    );
  });
  for (;;) {
    const typed = (
      await ask(choice.multiSelect ? '  numbers, or your own words: ' : '  number, or your own words: ')
    ).trim();
    const answer = toAnswer(choice, typed);
    if (answer !== undefined) return answer;
  }
}

/**
 * The labels of the typed numbers, or the typed words themselves; undefined for an empty line and for a number too
 * high.
 */
function toAnswer({ options, multiSelect }: Choice, typed: string): string | undefined {
  if (!/^\d+(?:[\s,]+\d+)*$/.test(typed)) return typed === '' ? undefined : typed;
  const numbers = typed.split(/[\s,]+/).map(Number);
  if (!multiSelect && numbers.length > 1) return undefined;
  const labels = numbers.map((number) => options[number - 1]?.label);
  return labels.includes(undefined) ? undefined : labels.join(', ');
}

/** The questions of an AskUserQuestion call; empty for other tools and for an input that cannot be parsed. */
function readChoices(toolUse: ToolUse): Choice[] {
  const questions = toolUse.name === 'AskUserQuestion' ? toolUse.input['questions'] : undefined;
  if (!Array.isArray(questions)) return [];
  return questions.filter(isRecord).map((question) => ({
    question: readText(question['question']),
    multiSelect: question['multiSelect'] === true,
    options: (Array.isArray(question['options']) ? question['options'] : []).filter(isRecord).map((option) => ({
      label: readText(option['label']),
      description: readText(option['description']),
    })),
  }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
