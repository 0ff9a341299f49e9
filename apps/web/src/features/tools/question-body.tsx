import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';
import { readQuestions } from './read-questions.ts';
import { isRecord, readText } from './tool-values.ts';

/** The agent's questions, with the answers once they are given. */
export function QuestionBody({ item }: { item: ToolItem }) {
  const told = isRecord(item.structured) ? item.structured['answers'] : undefined;
  return (
    <dl className="flex flex-col gap-3">
      {readQuestions(item.input).map((question) => {
        const answer = item.decision?.answers?.[question.question] ?? readText(told, question.question);
        return (
          <div key={question.question}>
            <dt className="text-muted">{question.question}</dt>
            <dd className="font-semibold">
              {answer !== '' ? answer : <span className="font-normal text-muted">{chat.tools.notAnswered}</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
