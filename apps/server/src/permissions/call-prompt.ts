import { toDigestOf } from '../audit/canonical-json.ts';
import type { Fact } from '../audit/fact.ts';
import type { Session } from '../store/sessions.ts';
import { describeCall } from './describe-call.ts';
import type { AppCallVerdict, JudgedCall } from './judge-app-call.ts';

/** `call`: the command of a prompt as the tool, and what was written behind it as its input. */
export type CallPrompt = <T>(call: JudgedCall, options: { run(): Promise<T>; signal: AbortSignal }) => Promise<T>;

export interface CallPromptDeps {
  session(): Pick<Session, 'id' | 'agentId'>;
  /** As a call of the session's agent is judged, whatever the mode of the session. */
  judge(call: JudgedCall, signal: AbortSignal): Promise<AppCallVerdict>;
  record(fact: Fact): Promise<void>;
}

/**
 * The prompts of MCP servers that people run. The server gets what they write, so it is decided, and told in the audit log, as a
 * call of one of its tools. What a rule asks is answered already: who may send the message may answer for the session, and has
 * typed the command. What a hook asks, and a secret in what was written, they may not know of, and a message waits for no answer: that
 * is denied, as is what a second person has to allow.
 */
export function createCallPrompt({ session, judge, record }: CallPromptDeps): CallPrompt {
  return async (call, { run, signal }) => {
    const judged = await judge(call, signal);
    const { permission, reason } = judged.unseen === undefined ? judged : toDenied(judged.unseen);
    const fact = toFact(session(), call);
    await record({ ...fact, action: 'tool.decide', outcome: permission === 'deny' ? 'deny' : 'allow' });
    if (permission === 'deny') throw new Error(reason);
    const end = (outcome: 'success' | 'failure' | 'cancelled') => record({ ...fact, action: 'tool.run', outcome });
    try {
      const result = await run();
      await end('success');
      return result;
    } catch (error) {
      await end(signal.aborted ? 'cancelled' : 'failure');
      throw error;
    }
  };
}

function toDenied(reason: string) {
  const remedy = 'A message waits for no answer: write it otherwise, or have the agent call a tool of the server';
  return { permission: 'deny', reason: `${reason}. ${remedy}` } as const;
}

function toFact({ id, agentId }: Pick<Session, 'id' | 'agentId'>, { toolName: tool, input }: JudgedCall) {
  const call = describeCall(tool, input, { isMcp: true });
  return {
    actor: { type: 'agent', id: agentId },
    target: { type: 'session', id },
    details: { tool, input_sha256: toDigestOf(input), ...(call !== undefined && { call }) },
  } as const;
}
