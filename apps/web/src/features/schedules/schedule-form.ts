import type { DeploymentCreateParams, DeploymentResource } from '@claude-sdk-pattern/protocol/v1';

/** What the form has, as texts. */
export interface ScheduleDraft {
  name: string;
  prompt: string;
  agent: string;
  expression: string;
  timezone: string;
  /** US dollars. */
  budget: string;
}

export const PRESETS = {
  none: '',
  hourly: '0 * * * *',
  daily: '0 9 * * *',
  weekdays: '0 9 * * 1-5',
  weekly: '0 9 * * 1',
  monthly: '0 9 1 * *',
} as const;
export type Preset = keyof typeof PRESETS | 'own';

const DEFAULT_AGENT = 'agent_default';

export function toDraft(deployment: DeploymentResource | null, prompt = ''): ScheduleDraft {
  if (deployment === null) {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    return { name: '', prompt, agent: DEFAULT_AGENT, expression: PRESETS.weekdays, timezone: timeZone, budget: '' };
  }
  const { name, agent, schedule, budget } = deployment;
  return {
    ...{ name, prompt: toPrompt(deployment), agent: agent.id },
    expression: schedule?.expression ?? '',
    timezone: schedule?.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
    budget: budget == null ? '' : String(Number(budget.max_list_cost.amount) / 100),
  };
}

/** The text of the first message. */
function toPrompt({ initial_events: [first] }: DeploymentResource): string {
  const content = first?.type === 'user.message' ? first.content : [];
  return content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n\n');
}

/** Whether its messages are more than the text that the form shows. */
export function hasMoreContent({ initial_events: events }: DeploymentResource): boolean {
  const [first] = events;
  return events.length > 1 || (first?.type === 'user.message' && first.content.some(({ type }) => type !== 'text'));
}

export function toPreset(expression: string): Preset {
  const found = Object.entries(PRESETS).find(([, each]) => each === expression.trim());
  return (found?.[0] as Preset | undefined) ?? 'own';
}

/** Null for what is no amount of money. */
export function toCents(budget: string): string | null {
  const text = budget.trim().replace(',', '.');
  return /^\d{1,7}(\.\d{1,2})?$/.test(text) ? String(Math.round(Number(text) * 100)) : null;
}

/** @param before what is being edited; of its messages and its agent's version only what was changed is sent */
export function toParams(
  draft: ScheduleDraft,
  before: DeploymentResource | null,
): Omit<DeploymentCreateParams, 'agent' | 'initial_events'> & Partial<DeploymentCreateParams> {
  const old = before === null ? null : toDraft(before);
  const cents = draft.budget.trim() === '' ? null : toCents(draft.budget);
  const content = [{ type: 'text' as const, text: draft.prompt }];
  return {
    name: draft.name.trim(),
    schedule:
      draft.expression.trim() === ''
        ? null
        : { type: 'cron', expression: draft.expression.trim(), timezone: draft.timezone.trim() },
    budget: cents === null ? null : { type: 'limit', max_list_cost: { amount: cents, currency: 'USD' } },
    ...(draft.agent !== old?.agent && { agent: draft.agent }),
    ...(draft.prompt !== old?.prompt && { initial_events: [{ type: 'user.message', content }] }),
  };
}
