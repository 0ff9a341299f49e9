import { clsx } from 'clsx';

import { formatDuration } from '../../ui/format.ts';
import { EFFECT_LOOKS } from './policy-fields.ts';
import { t } from './policy-messages.ts';
import type { DraftRule } from './use-policy.ts';

/** One rule, for a person who may not change it. */
export function PolicyRuleView({ rule }: { rule: DraftRule }) {
  const { effect, roles, reason, four_eyes: fourEyes, expires_in_seconds: seconds } = rule;
  const facts = [
    roles === undefined ? t.everybody : roles.map((role) => t.roleNames[role]).join(', '),
    ...(fourEyes === true ? [t.fourEyes] : []),
    ...(seconds === undefined ? [] : [`${t.expires}: ${t.expiresIn[seconds] ?? formatDuration(seconds * 1000)}`]),
    ...(reason === undefined ? [] : [`“${reason}”`]),
  ];
  return (
    <li className="flex items-baseline gap-3 border-b border-line px-3 py-2.5 last:border-b-0">
      <span className={clsx('w-12 shrink-0 font-semibold', EFFECT_LOOKS[effect])}>{t.effects[effect]}</span>
      <div className="min-w-0 flex-1">
        <code className="code-text wrap-anywhere">{rule.rule}</code>
        <p className="text-sm wrap-anywhere text-muted">{facts.join(' · ')}</p>
      </div>
    </li>
  );
}
