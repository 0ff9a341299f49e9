import { t } from '../../messages/index.ts';

/** `Stopped: reason. Nothing lost`, in one sentence for the eye and the ear. */
export function describeFailure(reason: string): string {
  const told = reason === 'refusal' ? t.status.refusal : reason;
  const text = told === '' ? t.status.failedBare : t.status.failed(told);
  return `${text.replace(/\.$/, '')}. ${t.status.nothingLost}`;
}
