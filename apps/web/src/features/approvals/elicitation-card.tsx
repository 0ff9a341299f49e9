import { findContentProblem } from '@claude-sdk-pattern/protocol/elicitation';
import { ExternalLink, MessageCircleQuestionMark } from 'lucide-react';
import { useId, useState, type FormEvent, type ReactNode } from 'react';

import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import type { Elicitation, ToolItem } from '../../session/items.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { AnswerProblem } from './answer-problem.tsx';
import { CardHead } from './card-head.tsx';
import { FormField } from './elicitation-field.tsx';
import { describeProblem, toContent, toFirstValue } from './elicitation-values.ts';
import { SecondPerson, useMayAllow } from './second-person.tsx';
import { useAnswer } from './use-answer.ts';

export interface ElicitationCardProps {
  tool: ToolItem;
  elicitation: Elicitation;
}

/** What an MCP server asks a person: a form, or to open a page. */
export function ElicitationCard({ tool, elicitation }: ElicitationCardProps) {
  const { url } = elicitation;
  return url === null ? (
    <FormCard tool={tool} elicitation={elicitation} />
  ) : (
    <PageCard tool={tool} elicitation={elicitation} url={url} />
  );
}

function FormCard({ tool, elicitation }: ElicitationCardProps) {
  const { fields } = elicitation;
  const answer = useAnswer(tool.id);
  const [values, setValues] = useState(() => fields.map(toFirstValue));
  const [wrong, setWrong] = useState<{ field: string; text: string } | null>(null);
  const isFilled = JSON.stringify(values) !== JSON.stringify(fields.map(toFirstValue));
  const { question } = useUnsaved(isFilled && !answer.busy);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    const content = toContent(fields, values);
    const found = findContentProblem(fields, content);
    setWrong(found === undefined ? null : { field: found.field, text: describeProblem(found.problem) });
    if (found === undefined) return answer.give({ result: 'allow', content });
    const index = fields.findIndex(({ name }) => name === found.field);
    return form.querySelectorAll('[data-field]')[index]?.querySelector<HTMLElement>('input, select')?.focus();
  };
  return (
    <form noValidate onSubmit={submit}>
      <Frame
        tool={tool}
        elicitation={elicitation}
        answer={answer}
        action={
          <Button type="submit" look="primary" busy={answer.busy}>
            {t.approvals.elicitation.send}
          </Button>
        }
      >
        {fields.map((field, index) => (
          <FormField
            key={field.name}
            field={field}
            value={values[index] ?? ''}
            problem={wrong?.field === field.name ? wrong.text : null}
            onChange={(value) => setValues(values.with(index, value))}
          />
        ))}
      </Frame>
      {question}
    </form>
  );
}

/** The page opens by a click of the person, in a tab that cannot reach this one; that click is the answer. */
function PageCard({ tool, elicitation, url }: ElicitationCardProps & { url: string }) {
  const answer = useAnswer(tool.id);
  const { host } = new URL(url);
  return (
    <Frame
      tool={tool}
      elicitation={elicitation}
      answer={answer}
      action={
        <a
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          aria-disabled={answer.busy ? true : undefined}
          onClick={(event) => (answer.busy ? event.preventDefault() : answer.give({ result: 'allow' }))}
          className="tap inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-sm border border-transparent bg-accent px-3 font-semibold text-on-accent hover:opacity-90"
        >
          <ExternalLink size={15} aria-hidden />
          {t.approvals.elicitation.open}
        </a>
      }
    >
      <div className="rounded-sm border border-line bg-surface px-3 py-2">
        <p data-host="" className="text-lg font-semibold wrap-anywhere">
          {t.approvals.elicitation.page(host)}
        </p>
        <p className="code-text wrap-anywhere text-muted" dir="ltr">
          <VisibleText text={url} />
        </p>
      </div>
    </Frame>
  );
}

interface FrameProps extends ElicitationCardProps {
  answer: ReturnType<typeof useAnswer>;
  action: ReactNode;
  children: ReactNode;
}

/** Who asks, the question, and the ways to say no. */
function Frame({ tool, elicitation, answer, action, children }: FrameProps) {
  const id = useId();
  const { busy, give, problem } = answer;
  const mayAllow = useMayAllow(tool);
  const words = t.approvals.elicitation;
  return (
    <div role="group" aria-labelledby={id} className="flex max-h-[72dvh] min-h-0 flex-col flat:flex-row">
      <div
        className="min-h-0 overflow-y-auto px-4 pt-3 flat:flex-1 flat:pb-3"
        tabIndex={0}
        role="group"
        aria-labelledby={id}
      >
        <CardHead id={id} Icon={MessageCircleQuestionMark}>
          <VisibleText text={tool.approval?.title ?? tool.name} />
        </CardHead>
        <p className="mt-0.5 text-sm wrap-anywhere text-muted">
          <VisibleText text={words.from(tool.server ?? '')} />
          {tool.plugin !== null && (
            <>
              {' '}
              <VisibleText text={`${chat.tools.plugin(tool.plugin.display_name, tool.plugin.name)}.`} />
            </>
          )}
        </p>
        <SecondPerson tool={tool} mayAllow={mayAllow} />
        <p className="my-2 wrap-anywhere whitespace-pre-wrap">
          <VisibleText text={elicitation.message} />
        </p>
        <div className="flex flex-col gap-3">{children}</div>
      </div>
      <div className="shrink-0 px-4 pt-3 pb-3 flat:w-52 flat:pl-0">
        <AnswerProblem problem={problem} />
        <div className="flex flex-wrap gap-2 max-md:[&>*]:flex-1">
          {mayAllow && action}
          <Button busy={busy} onClick={() => give({ result: 'deny' })}>
            {words.decline}
          </Button>
          <Button look="quiet" busy={busy} onClick={() => give({ result: 'deny', dismissed: true })}>
            {words.dismiss}
          </Button>
        </div>
      </div>
    </div>
  );
}
