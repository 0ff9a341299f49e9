import { CspError } from '@claude-sdk-pattern/protocol';

import type { Stop } from './stop.ts';

/** A server that drains takes no new turns before somebody decides so: nobody has to try again within seconds. */
const DRAINING_RETRY_MS = 30_000;

const SUBJECTS: Record<Stop['scope'], string> = {
  platform: 'An operator has stopped all agents',
  user: 'An operator has stopped the agents of this account',
  agent: 'An operator has stopped this agent',
  plugin: 'An operator has stopped a plugin',
  node: 'This server takes no new turns, because an operator takes it out of service',
};

/** Why work is not done, for the people whose work it is. */
export function describeStop({ scope, targetId, reason }: Pick<Stop, 'scope' | 'targetId' | 'reason'>): string {
  const subject = scope === 'plugin' ? `An operator has stopped the plugin ${targetId}` : SUBJECTS[scope];
  return `${subject}: ${reason.replace(/[.\s]+$/u, '')}.`;
}

/** Stands after the words of `describeStop`. */
const SEND_AGAIN = ' Nothing is lost. Send again when that is over';

/** What new turns and model calls are refused with. */
export function toStopError(stop: Stop): CspError {
  const { scope, reason, createdAt } = stop;
  const details = { scope, reason, since: createdAt };
  const text = `${describeStop(stop)}${SEND_AGAIN}`;
  return scope === 'node'
    ? new CspError('draining', text, { details, retryAfterMs: DRAINING_RETRY_MS })
    : new CspError('work_stopped', text, { details });
}

/** Why a stop keeps work from being done, without what people do who sent a message; undefined for another error. */
export function findStopText({ code, message }: CspError): string | undefined {
  if (code !== 'work_stopped' && code !== 'draining') return undefined;
  return message.endsWith(SEND_AGAIN) ? message.slice(0, -SEND_AGAIN.length) : undefined;
}
