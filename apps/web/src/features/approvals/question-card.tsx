import { MessageCircleQuestionMark } from 'lucide-react';
import { useId, useState, type FormEvent } from 'react';

import { t } from '../../messages/index.ts';
import type { ToolItem } from '../../session/items.ts';
import { Button } from '../../ui/button.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { readQuestions, type Question } from '../tools/read-questions.ts';
import { AnswerProblem } from './answer-problem.tsx';
import { CardHead } from './card-head.tsx';
import { QuestionField } from './question-field.tsx';
import { emptyChoice, toAnswers, type Choice } from './question-answers.ts';
import { useAnswer } from './use-answer.ts';

/** A form with the agent's questions. */
export function QuestionCard({ tool }: { tool: ToolItem }) {
  const questions = readQuestions(tool.input);
  const answer = useAnswer(tool.id);
  const [choices, setChoices] = useState<readonly Choice[]>(() => questions.map(() => emptyChoice));
  const [missing, setMissing] = useState<Question | null>(null);
  const isFilled = choices.some(({ labels, other }) => labels.length > 0 || other.trim() !== '');
  const unsaved = useUnsaved(isFilled && !answer.busy);
  const headingId = useId();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = toAnswers(questions, choices, t.approvals.question.none);
    setMissing('missing' in given ? given.missing : null);
    if ('answers' in given) answer.give({ result: 'allow', answers: given.answers });
  };
  return (
    <form onSubmit={submit} aria-labelledby={headingId} className="flex min-h-0 flex-col flat:flex-row">
      <div
        className="min-h-0 overflow-y-auto px-4 pt-3 flat:flex-1 flat:pb-3"
        tabIndex={0}
        role="group"
        aria-labelledby={headingId}
      >
        <div className="mb-2">
          <CardHead id={headingId} Icon={MessageCircleQuestionMark}>
            {t.approvals.question.heading}
          </CardHead>
        </div>
        <div className="flex flex-col gap-4">
          {questions.map((question, index) => (
            <QuestionField
              key={question.question}
              question={question}
              choice={choices[index] ?? emptyChoice}
              onChange={(choice) => setChoices(choices.with(index, choice))}
            />
          ))}
        </div>
      </div>
      <div className="shrink-0 px-4 pt-2 pb-3 flat:w-52 flat:pt-3 flat:pl-0">
        <AnswerProblem problem={answer.problem} />
        {missing !== null && (
          <p role="alert" className="mb-2 text-sm text-bad">
            {t.approvals.question.missing(missing.question)}
          </p>
        )}
        <div className="flex flex-wrap gap-2 max-md:[&>button]:flex-1">
          <Button type="submit" look="primary" busy={answer.busy}>
            {t.approvals.question.submit}
          </Button>
          <Button look="quiet" busy={answer.busy} onClick={() => answer.give({ result: 'deny' })}>
            {t.approvals.question.skip}
          </Button>
        </div>
      </div>
      {unsaved.question}
    </form>
  );
}
