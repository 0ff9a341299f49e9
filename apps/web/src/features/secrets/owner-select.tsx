import { useId } from 'react';

import type { SecretTarget } from '../../api/secret-api.ts';
import { t } from './messages.ts';
import { toTargetKey } from './secret-target.ts';

/** Whose a secret can be, with the words for it. */
export interface SecretOwner {
  target: SecretTarget;
  label: string;
}

export const PLATFORM: SecretOwner = { target: { scope: 'platform' }, label: t.owners.platform };
export const OWN: SecretOwner = { target: { scope: 'user' }, label: t.owners.user };

interface OwnerSelectProps {
  owners: readonly SecretOwner[];
  owner: SecretOwner;
  onOwner: (owner: SecretOwner) => void;
}

/** The choice of whose a secret is. */
export function OwnerSelect({ owners, owner, onOwner }: OwnerSelectProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {t.of}
      </label>
      <select
        id={id}
        value={toTargetKey(owner.target)}
        onChange={(event) => {
          const chosen = owners.find(({ target }) => toTargetKey(target) === event.target.value);
          if (chosen !== undefined) onOwner(chosen);
        }}
        className="tap h-9 w-full min-w-0 rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
      >
        {owners.map(({ target, label }) => (
          <option key={toTargetKey(target)} value={toTargetKey(target)}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
