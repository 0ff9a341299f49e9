/** Action that the supervisor takes on a process tree. */
export type SupervisorAction =
  | { type: 'none' }
  | { type: 'restart_at_end_of_turn' }
  | { type: 'restart_now' }
  | { type: 'warn_duration'; remainingSeconds: number }
  | { type: 'hibernate' };

export interface SupervisorLimits {
  maxRssBytes: number;
  maxDurationSeconds: number;
}

/** Above this multiple of the limit the machine is in danger, so the end of the turn is not awaited. */
const RESTART_NOW_SHARE = 1.5;
const WARN_BEFORE_SECONDS = 300;
/** With a short time limit, the warning comes in the last quarter of it. */
const WARN_SHARE = 0.25;

/**
 * Checks memory before time. Over the memory limit, the process is replaced at the end of its turn; far over it, at
 * once.
 */
export function decideAction(
  tree: { rssBytes: number; ageSeconds: number },
  limits: SupervisorLimits,
  state: { warned: boolean },
): SupervisorAction {
  if (tree.rssBytes > limits.maxRssBytes * RESTART_NOW_SHARE) return { type: 'restart_now' };
  if (tree.rssBytes > limits.maxRssBytes) return { type: 'restart_at_end_of_turn' };
  const remainingSeconds = limits.maxDurationSeconds - tree.ageSeconds;
  if (remainingSeconds <= 0) return { type: 'hibernate' };
  const warnBeforeSeconds = Math.min(WARN_BEFORE_SECONDS, limits.maxDurationSeconds * WARN_SHARE);
  if (remainingSeconds <= warnBeforeSeconds && !state.warned) return { type: 'warn_duration', remainingSeconds };
  return { type: 'none' };
}

/** With more agent processes than this for each process that has an owner, processes leak. */
const MAX_PROCESSES_PER_OWNER = 2;

/** Whether so many agent processes run that an operator has to look. */
export function isTooMany(counts: { owned: number; unowned: number }): boolean {
  return counts.owned + counts.unowned > MAX_PROCESSES_PER_OWNER * Math.max(1, counts.owned);
}
