import type { PolicyRole, PolicyRule } from '@claude-sdk-pattern/protocol';
import { X } from 'lucide-react';
import { clsx } from 'clsx';
import { useEffect, useId, useRef, type ReactNode } from 'react';

import { IconButton } from '../../ui/button.tsx';
import { formatDuration } from '../../ui/format.ts';
import { FIELD } from './policy-fields.ts';
import { t } from './policy-messages.ts';
import type { DraftRule } from './use-policy.ts';

interface PolicyRuleRowProps {
  rule: DraftRule;
  /** From 1. */
  number: number;
  /** How long people may take where no rule says so. */
  defaultExpirySeconds: number;
  /** Why the server refused it; null where it did not. */
  refused: string | null;
  onChange: (rule: DraftRule) => void;
  onRemove: () => void;
}

const ROLES = Object.keys(t.roleNames) as PolicyRole[];

/** One rule with its effect, its roles and its reason. */
export function PolicyRuleRow({ rule, number, defaultExpirySeconds, refused, onChange, onRemove }: PolicyRuleRowProps) {
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    if (refused !== null) field.current?.focus();
  }, [refused]);
  const label = (name: string) => `${t.ruleNumber(number)}: ${name}`;
  return (
    <li className="flex items-start gap-2 border-b border-line p-3 last:border-b-0">
      <div className="grid min-w-0 flex-1 grid-cols-2 gap-2 md:grid-cols-[6rem_1fr_9rem_1fr]">
        <Labelled {...{ number, text: t.effect }} className="">
          <select
            aria-label={label(t.effect)}
            value={rule.effect}
            onChange={(event) => onChange({ ...rule, effect: event.target.value as PolicyRule['effect'] })}
            className={FIELD}
          >
            {Object.entries(t.effects).map(([effect, name]) => (
              <option key={effect} value={effect}>
                {name}
              </option>
            ))}
          </select>
        </Labelled>
        <Labelled {...{ number, text: t.rule }} className="order-first col-span-2 md:order-none md:col-span-1">
          <input
            ref={field}
            aria-label={label(t.rule)}
            aria-invalid={refused !== null}
            aria-describedby={refused === null ? undefined : id}
            value={rule.rule}
            placeholder={t.ruleExample}
            maxLength={2000}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => onChange({ ...rule, rule: event.target.value })}
            className={`${FIELD} font-mono aria-invalid:border-bad`}
          />
        </Labelled>
        <Labelled {...{ number, text: t.roles }} className="">
          <select
            aria-label={label(t.roles)}
            value={rule.roles?.join() ?? ''}
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
        </Labelled>
        <Labelled {...{ number, text: t.reason }} className="col-span-2 md:col-span-1">
          <input
            aria-label={label(t.reason)}
            value={rule.reason ?? ''}
            placeholder={t.reasonHelp}
            maxLength={500}
            autoComplete="off"
            onChange={(event) => onChange({ ...rule, reason: event.target.value })}
            className={FIELD}
          />
        </Labelled>
        {rule.effect === 'ask' && <AskTerms {...{ rule, defaultExpirySeconds, label, onChange }} />}
        {refused !== null && (
          <p id={id} role="alert" className="col-span-full text-sm wrap-anywhere text-bad">
            {t.refused(number, refused)}
          </p>
        )}
      </div>
      <IconButton label={t.remove(rule.rule)} onClick={onRemove} className={number === 1 ? 'md:mt-5' : ''}>
        <X size={15} aria-hidden />
      </IconButton>
    </li>
  );
}

interface LabelledProps {
  /** Of the rule, from 1. */
  number: number;
  text: string;
  className: string;
  children: ReactNode;
}

/** A field with its name above it; where the fields of all rules stand in columns, only those of the first. */
function Labelled({ number, text, className, children }: LabelledProps) {
  return (
    <div className={clsx('min-w-0', className)}>
      <span aria-hidden className={clsx('mb-0.5 block text-xs text-muted', number > 1 && 'md:hidden')}>
        {text}
      </span>
      {children}
    </div>
  );
}

/** How people answer what the rule asks about: whether a second person has to allow it, and how long they may take. */
function AskTerms({
  rule,
  defaultExpirySeconds,
  label,
  onChange,
}: Pick<PolicyRuleRowProps, 'rule' | 'defaultExpirySeconds' | 'onChange'> & { label: (name: string) => string }) {
  const seconds = rule.expires_in_seconds;
  const times = Object.entries(t.expiresIn);
  return (
    <div className="col-span-2 flex flex-wrap items-center gap-x-6 gap-y-2 md:col-span-4">
      <label className="tap flex items-center gap-2 text-sm" title={t.fourEyesHelp}>
        <input
          type="checkbox"
          aria-label={label(t.fourEyes)}
          checked={rule.four_eyes === true}
          onChange={(event) => onChange({ ...rule, four_eyes: event.target.checked ? true : undefined })}
        />
        {t.fourEyes}
      </label>
      <label className="flex items-center gap-2 text-sm">
        <span className="shrink-0">{t.expires}</span>
        <select
          aria-label={label(t.expires)}
          value={seconds ?? ''}
          onChange={({ target: { value } }) =>
            onChange({ ...rule, expires_in_seconds: value === '' ? undefined : Number(value) })
          }
          className={`${FIELD} w-auto max-w-full`}
        >
          <option value="">{t.expiresAsSet(formatDuration(defaultExpirySeconds * 1000))}</option>
          {times.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
          {seconds !== undefined && t.expiresIn[seconds] === undefined && (
            <option value={seconds}>{t.expiresAfter(formatDuration(seconds * 1000))}</option>
          )}
        </select>
      </label>
    </div>
  );
}
