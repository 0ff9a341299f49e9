import { t } from '../../messages/index.ts';

/** `Stopped: reason. Nothing lost`, as one sentence that can be read and spoken. */
export function describeFailure(reason: string): string {
  const told = reason === 'refusal' ? t.status.refusal : reason;
  const text = told === '' ? t.status.failedBare : t.status.failed(told);
  return `${text.replace(/\.$/, '')}. ${t.status.nothingLost}`;
}
