import { t } from '../messages/index.ts';
import { Button } from './button.tsx';

interface FormEndProps {
  /** Why it could not be sent; null for nothing. */
  failure: string | null;
  busy: boolean;
  /** What the button that sends it says. */
  submit: string;
  onCancel: () => void;
}

/** The end of a dialogue's form: why it failed, a way out and the button that sends it. */
export function FormEnd({ failure, busy, submit, onCancel }: FormEndProps) {
  return (
    <>
      {failure !== null && (
        <p role="alert" className="text-sm text-bad">
          {failure}
        </p>
      )}
      {/* Stays in sight where the dialogue is higher than the screen. */}
      <div className="sticky -bottom-4 -mx-4 -mb-4 flex justify-end gap-2 bg-raised px-4 pt-2 pb-4">
        <Button onClick={onCancel}>{t.app.cancel}</Button>
        <Button type="submit" look="primary" busy={busy}>
          {submit}
        </Button>
      </div>
    </>
  );
}
