import { HOOK_EVENTS, type Hook } from '../define-hook.ts';
import { toReason } from './to-reason.ts';

/** The hook, or why it cannot be used. */
export function readHook(value: unknown): Hook | string {
  const { event, tools, run } = (value ?? {}) as Partial<Hook>;
  if (event === undefined || !HOOK_EVENTS.includes(event))
    return `A hook has the event ${String(event)}, and needs one of ${HOOK_EVENTS.join(', ')}`;
  if (typeof run !== 'function') return `The hook of ${event} has no function run`;
  if (tools !== undefined && !(tools instanceof RegExp))
    return `The field tools of the hook of ${event} is no regular expression`;
  try {
    void new RegExp(`^(?:${tools?.source ?? ''})$`, tools?.flags);
    return value as Hook;
  } catch (error) {
    return `The field tools of the hook of ${event} cannot be used: ${toReason(error)}`;
  }
}
