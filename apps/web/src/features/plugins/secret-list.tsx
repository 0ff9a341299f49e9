import type { PluginResource, SecretResource } from '@claude-sdk-pattern/protocol';
import { Check, Minus, TriangleAlert } from 'lucide-react';
import { Link } from 'wouter';

import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { listAskedSecrets } from '../secrets/list-secret-uses.ts';
import { t as texts } from '../secrets/messages.ts';
import { OWN, PLATFORM } from '../secrets/owner-select.tsx';
import { useSecretWork } from '../secrets/use-secret-work.tsx';
import { useSecrets } from '../secrets/use-secrets.ts';
import { t } from './messages.ts';

/** The secrets that a plugin asks for: who has each, which is missing, and a way to set it. */
export function SecretList({ plugin }: { plugin: PluginResource }) {
  const { bootstrap } = useServices();
  return bootstrap.user.role === 'user' ? <OfUser plugin={plugin} /> : <OfOperator plugin={plugin} />;
}

function OfOperator({ plugin }: { plugin: PluginResource }) {
  const own = useSecrets('user');
  const platform = useSecrets('platform');
  const agents = useSecrets('agent');
  const known = [own, platform, agents].flatMap(({ value }) => value ?? []);
  const reload = () => [own, platform, agents].forEach((each) => each.reload());
  const work = useSecretWork(known, reload);
  const problem = platform.problem ?? own.problem ?? agents.problem;
  return (
    <div className="flex flex-col gap-3">
      {problem !== null && <Trouble text={texts.failed} problem={problem} onRetry={reload} />}
      {platform.value !== null && own.value !== null && (
        <Names {...{ plugin, known, isOperator: true }} onSet={(name) => work.put(name, [PLATFORM, OWN])} />
      )}
      <AllSecrets href="/operate/secrets" text={t.allSecrets} />
      {work.dialog}
    </div>
  );
}

/** Whoever is no operator sees only what is their own. */
function OfUser({ plugin }: { plugin: PluginResource }) {
  const own = useSecrets('user');
  const known = own.value ?? [];
  const work = useSecretWork(known, own.reload);
  return (
    <div className="flex flex-col gap-3">
      {own.problem !== null && <Trouble text={texts.failed} problem={own.problem} onRetry={own.reload} />}
      {own.value !== null && (
        <Names {...{ plugin, known, isOperator: false }} onSet={(name) => work.put(name, [OWN])} />
      )}
      <AllSecrets href="/settings#secrets" text={texts.own} />
      {work.dialog}
    </div>
  );
}

function AllSecrets({ href, text }: { href: string; text: string }) {
  return (
    <Link
      href={href}
      className="tap inline-flex items-center self-start text-sm text-accent underline underline-offset-3"
    >
      {text}
    </Link>
  );
}

interface NamesProps {
  plugin: PluginResource;
  known: readonly SecretResource[];
  isOperator: boolean;
  onSet: (name: string) => void;
}

function Names({ plugin, known, isOperator, onSet }: NamesProps) {
  return (
    <ul className="flex flex-col gap-2">
      {listAskedSecrets(plugin).map((name) => {
        const of = known.filter((each) => each.name === name);
        const isGranted = plugin.granted?.secrets.includes(name) === true;
        return (
          <li key={name} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <div className="min-w-0 flex-1 basis-40">
              <code className="font-mono text-sm wrap-anywhere">{name}</code>
              <Standing of={of} isOperator={isOperator} />
              {plugin.granted !== null && !isGranted && <p className="text-sm text-muted">{t.secretUngranted}</p>}
            </div>
            <Button size="small" onClick={() => onSet(name)} aria-label={texts.setNamed(name)}>
              {of.length === 0 ? texts.set : t.changeSecret}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

/** Who has a secret of the name, or that it is missing. */
function Standing({ of, isOperator }: { of: readonly SecretResource[]; isOperator: boolean }) {
  const has = (scope: SecretResource['scope']) => of.some((each) => each.scope === scope);
  const agents = of.filter(({ scope }) => scope === 'agent').map(({ agent_name: name }) => name ?? '');
  const said = [
    has('platform') && t.secretOf.platform,
    has('user') && t.secretOf.user,
    agents.length > 0 && t.secretOf.agents(agents.join(', ')),
  ].filter((each) => each !== false);
  if (isOperator && !has('platform'))
    return (
      <p className="flex items-start gap-1 text-sm text-warn">
        <TriangleAlert size={14} aria-hidden className="mt-0.5 shrink-0" />
        <span className="min-w-0 wrap-anywhere">{[t.secretOf.missing, ...said].join(' ')}</span>
      </p>
    );
  if (said.length === 0)
    return (
      <p className="flex items-start gap-1 text-sm text-muted">
        <Minus size={14} aria-hidden className="mt-0.5 shrink-0" />
        {t.secretOf.unknown}
      </p>
    );
  return (
    <p className="flex items-start gap-1 text-sm text-ok">
      <Check size={14} aria-hidden className="mt-0.5 shrink-0" />
      <span className="min-w-0 wrap-anywhere">{said.join(' ')}</span>
    </p>
  );
}
