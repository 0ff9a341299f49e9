import { Button } from './button.tsx';

/** What could be put in place of what is typed. */
export interface Suggestion {
  /** Of the button. */
  text: string;
  take: () => void;
}

export interface FieldProblemProps {
  /** Of the element, which the field is described by. */
  id: string;
  problem: string | null;
  suggestion?: Suggestion | null | undefined;
}

/** What is wrong with a field, below it, and a button that mends it where there is a way. */
export function FieldProblem({ id, problem, suggestion = null }: FieldProblemProps) {
  if (problem === null) return null;
  return (
    <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1">
      <p id={id} role="alert" className="min-w-0 text-sm wrap-anywhere text-bad">
        {problem}
      </p>
      {suggestion !== null && (
        <Button size="small" className="max-w-full" onClick={suggestion.take}>
          <span className="truncate">{suggestion.text}</span>
        </Button>
      )}
    </div>
  );
}
