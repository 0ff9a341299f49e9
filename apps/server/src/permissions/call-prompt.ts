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
 * call of one of its tools. A question is answered already: who may send the message may answer for the session, and has
 * typed the command. What a second person has to allow is denied, because a message waits for nobody.
 */
export function createCallPrompt({ session, judge, record }: CallPromptDeps): CallPrompt {
  return async (call, { run, signal }) => {
    const { permission, reason } = await judge(call, signal);
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

function toFact({ id, agentId }: Pick<Session, 'id' | 'agentId'>, { toolName: tool, input }: JudgedCall) {
  const call = describeCall(tool, input, { isMcp: true });
  return {
    actor: { type: 'agent', id: agentId },
    target: { type: 'session', id },
    details: { tool, input_sha256: toDigestOf(input), ...(call !== undefined && { call }) },
  } as const;
}
