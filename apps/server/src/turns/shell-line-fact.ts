import { toDigestOf } from '../audit/canonical-json.ts';
import type { Fact } from '../audit/fact.ts';
import type { ShellLine } from '../hooks/hook-dispatcher.ts';
import type { SaidVerdict } from '../hooks/strictest-verdict.ts';
import { describeCall } from '../permissions/describe-call.ts';
import type { Session } from '../store/sessions.ts';

/** How a command in the text of a skill or slash command was decided, for the audit log. */
export function toShellLineFact(
  { id, agentId }: Pick<Session, 'id' | 'agentId'>,
  line: ShellLine,
  { permission, by }: SaidVerdict,
): Fact {
  const { tool_name: tool, tool_input: input, command_name: skill, invoked_by } = line;
  return {
    actor: { type: 'agent', id: agentId },
    action: 'tool.decide',
    target: { type: 'session', id },
    outcome: permission,
    details: {
      ...{ tool, skill, invoked_by, hook: by },
      ...{ input_sha256: toDigestOf(input), call: describeCall(tool, input, { isMcp: false }) },
    },
  };
}

/** What people are told of a command that runs; of one that does not, the CLI tells them itself. */
export function toShellLineNotice({ command_name: skill, tool_name, tool_input }: ShellLine): string {
  const call = describeCall(tool_name, tool_input, { isMcp: false });
  return `The text of /${skill} ran a command${call === undefined ? '' : `: ${call}`}`;
}
