import { findHiddenTexts, toHidden, type AgentToolUseEvent, type HiddenText } from '@claude-sdk-pattern/protocol';

/**
 * What the event of a call hides of its input, and so its result has to hide as well; undefined where that is too much to
 * search for. `input` is as the model wrote it.
 */
export function findHiddenInResult(
  { secrets = [], secrets_masked: areMasked }: Pick<AgentToolUseEvent, 'secrets' | 'secrets_masked'>,
  input: Readonly<Record<string, unknown>>,
): readonly HiddenText[] | undefined {
  return areMasked === true ? findHiddenTexts(input, secrets.map(toHidden)) : [];
}
