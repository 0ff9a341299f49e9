import type { Admit } from './admit.ts';
import type { ModelCall } from './model-call.ts';

/** The admission of a call while it is made; what is reserved for it is given back while it waits. */
export interface HeldAdmission extends Disposable {
  /** Resolves when the call may go; at once when it is admitted already. Rejects as `Admit` does. */
  take(): Promise<void>;
  /** The call makes no attempt now. */
  giveBack(): void;
}

export function holdAdmission(admit: Admit, call: ModelCall): HeldAdmission {
  let end: (() => void) | undefined;
  const giveBack = () => {
    end?.();
    end = undefined;
  };
  return {
    async take() {
      end ??= await admit(call);
    },
    giveBack,
    [Symbol.dispose]: giveBack,
  };
}
