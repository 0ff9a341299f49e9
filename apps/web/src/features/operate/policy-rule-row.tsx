import type { PolicyRole, PolicyRule } from '@claude-sdk-pattern/protocol';
import { X } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';

import { IconButton } from '../../ui/button.tsx';
import { FIELD } from './policy-fields.ts';
import { t } from './policy-messages.ts';
import type { DraftRule } from './use-policy.ts';

interface PolicyRuleRowProps {
  rule: DraftRule;
  /** From 1. */
  number: number;
  /** Of somebody who may only read. */
  readOnly: boolean;
  /** Why the server refused it; null where it did not. */
  refused: string | null;
  onChange: (rule: DraftRule) => void;
  onRemove: () => void;
}

const ROLES = Object.keys(t.roleNames) as PolicyRole[];

/** One rule with its effect, its roles and its reason. */
export function PolicyRuleRow({ rule, number, readOnly, refused, onChange, onRemove }: PolicyRuleRowProps) {
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    if (refused !== null) field.current?.focus();
  }, [refused]);
  const label = (name: string) => `${t.ruleNumber(number)}: ${name}`;
  return (
    <li className="flex items-start gap-2 border-b border-line p-3 last:border-b-0">
      <div className="grid min-w-0 flex-1 grid-cols-2 gap-2 md:grid-cols-[6rem_1fr_9rem_1fr]">
        <select
          aria-label={label(t.effect)}
          value={rule.effect}
          disabled={readOnly}
          onChange={(event) => onChange({ ...rule, effect: event.target.value as PolicyRule['effect'] })}
          className={FIELD}
        >
          {Object.entries(t.effects).map(([effect, name]) => (
            <option key={effect} value={effect}>
              {name}
            </option>
          ))}
        </select>
        <input
          ref={field}
          aria-label={label(t.rule)}
          aria-invalid={refused !== null}
          aria-describedby={refused === null ? undefined : id}
          value={rule.rule}
          placeholder={t.ruleExample}
          readOnly={readOnly}
          maxLength={2000}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => onChange({ ...rule, rule: event.target.value })}
          className={`${FIELD} order-first col-span-2 font-mono aria-invalid:border-bad md:order-none md:col-span-1`}
        />
        <select
          aria-label={label(t.roles)}
          value={rule.roles?.join() ?? ''}
          disabled={readOnly}
          onChange={({ target: { value } }) =>
            onChange({ ...rule, roles: value === '' ? undefined : (value.split(',') as PolicyRole[]) })
          }
          className={FIELD}
        >
          <option value="">{t.everybody}</option>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t.roleNames[role]}
            </option>
          ))}
          {rule.roles !== undefined && rule.roles.length > 1 && (
            <option value={rule.roles.join()}>{rule.roles.map((role) => t.roleNames[role]).join(', ')}</option>
          )}
        </select>
        <input
          aria-label={label(t.reason)}
          value={rule.reason ?? ''}
          placeholder={t.reasonHelp}
          readOnly={readOnly}
          maxLength={500}
          autoComplete="off"
          onChange={(event) => onChange({ ...rule, reason: event.target.value })}
          className={`${FIELD} col-span-2 md:col-span-1`}
        />
        {rule.effect === 'ask' && <AskTerms {...{ rule, readOnly, label, onChange }} />}
        {refused !== null && (
          <p id={id} role="alert" className="col-span-full text-sm wrap-anywhere text-bad">
            {t.refused(number, refused)}
          </p>
        )}
      </div>
      {!readOnly && (
        <IconButton label={t.remove(rule.rule)} onClick={onRemove}>
          <X size={15} aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

/** How people answer what the rule asks about: whether a second person has to allow it, and how long they may take. */
function AskTerms({
  rule,
  readOnly,
  label,
  onChange,
}: Pick<PolicyRuleRowProps, 'rule' | 'readOnly' | 'onChange'> & { label: (name: string) => string }) {
  const seconds = rule.expires_in_seconds;
  const times = Object.entries(t.expiresIn);
  return (
    <div className="col-span-2 flex flex-wrap items-center gap-x-6 gap-y-2 md:col-span-4">
      <label className="tap flex items-center gap-2 text-sm" title={t.fourEyesHelp}>
        <input
          type="checkbox"
          aria-label={label(t.fourEyes)}
          checked={rule.four_eyes === true}
          disabled={readOnly}
          onChange={(event) => onChange({ ...rule, four_eyes: event.target.checked ? true : undefined })}
        />
        {t.fourEyes}
      </label>
      <label className="flex items-center gap-2 text-sm">
        {t.expires}
        <select
          aria-label={label(t.expires)}
          value={seconds ?? ''}
          disabled={readOnly}
          onChange={({ target: { value } }) =>
            onChange({ ...rule, expires_in_seconds: value === '' ? undefined : Number(value) })
          }
          className={`${FIELD} w-auto`}
        >
          <option value="">{t.expiresAsSet}</option>
          {times.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
          {seconds !== undefined && t.expiresIn[seconds] === undefined && (
            <option value={seconds}>{t.expiresAfter(seconds)}</option>
          )}
        </select>
      </label>
    </div>
  );
}
