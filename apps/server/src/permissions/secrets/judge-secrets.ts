import type { SecretMark, SecretMode } from '@claude-sdk-pattern/protocol';

import type { PolicyDecision } from '../policy.ts';
import { classifyTool } from '../tool-class.ts';
import { describeSecrets, findSecrets } from './find-secrets.ts';

/** The secrets in the input of a tool call. */
export interface SecretsOfCall {
  marks: readonly SecretMark[];
  /** Whether the journal has a mask in place of each. */
  areMasked: boolean;
}

/** What secrets in its input mean for a call. A call that stays within the agent is only marked. */
export function judgeSecrets(
  mode: SecretMode,
  { toolName, input }: { toolName: string; input: Readonly<Record<string, unknown>> },
): { secrets?: SecretsOfCall; verdict?: PolicyDecision } {
  if (mode === 'off') return {};
  const toolClass = classifyTool(toolName);
  const runsText = toolClass === 'shell' || toolClass === 'external';
  const { marks, isIncomplete } = findSecrets(input, { hidesBlocks: !runsText });
  const isWithinAgent = toolClass === 'internal';
  const toVerdict = (permission: PolicyDecision['permission'], reason: string) =>
    isWithinAgent ? {} : { verdict: { permission, reason, source: { layer: 'secrets' as const, rule: null } } };
  if (marks.length === 0) return isIncomplete ? toVerdict('ask', TOO_LONG) : {};
  // A call that is denied never runs, so nobody has to read its secrets.
  const secrets = { marks, areMasked: mode !== 'ask' };
  const found = `It holds a secret: ${describeSecrets(marks)}`;
  if (mode === 'deny') return { secrets, ...toVerdict('deny', `${found}. ${ADVICE}`) };
  // It can be neither masked nor stored.
  if (mode === 'mask' && marks.some(({ shown, whole }) => shown === true || whole === true))
    return { secrets, ...toVerdict('deny', `${found}. ${ADVICE}`) };
  if (mode === 'ask') return { secrets, ...toVerdict('ask', found) };
  return { secrets, ...(isIncomplete && toVerdict('ask', TOO_LONG)) };
}

const TOO_LONG = 'It is too long to be searched for secrets';
const ADVICE =
  'Secrets are not allowed in tool calls here. Read it where it is needed, such as from a variable or a file';
