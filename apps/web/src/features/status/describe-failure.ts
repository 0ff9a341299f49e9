import { chat } from '../../messages/chat.ts';

/** `Stopped: reason. Nothing lost`, as one sentence that can be read and spoken. */
export function describeFailure(reason: string): string {
  const told = reason === 'refusal' ? chat.status.refusal : reason;
  const text = told === '' ? chat.status.failedBare : chat.status.failed(told);
  return `${text.replace(/\.$/, '')}. ${chat.status.nothingLost}`;
}
