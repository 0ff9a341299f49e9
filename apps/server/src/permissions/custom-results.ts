import { isDeepStrictEqual } from 'node:util';

import type { CustomToolResultParams } from '@claude-sdk-pattern/protocol';

/** What a program of the client sent as the result of a call. */
export type CustomResult = Pick<CustomToolResultParams, 'content' | 'is_error'>;

/** The call of a custom tool, as the agent process makes it. */
export interface CustomCall {
  /** Undefined where the process does not say which call it is. */
  toolUseId: string | undefined;
  toolName: string;
  input: Readonly<Record<string, unknown>>;
}

/**
 * The results of custom tools on their way to the agent process, which makes the call once its result is here. A program of
 * the agent can write to the CLI's output, so a result is given once, to the call that it is for.
 */
export class CustomResults {
  readonly #results = new Map<
    string,
    { call: Omit<CustomCall, 'toolUseId'>; result: CustomResult; isTaken: boolean }
  >();

  set({ toolUseId, toolName, input }: CustomCall & { toolUseId: string }, result: CustomResult): void {
    this.#results.set(toolUseId, { call: { toolName, input }, result, isTaken: false });
  }

  /** Whether its program has answered the call. */
  has(toolUseId: string): boolean {
    return this.#results.has(toolUseId);
  }

  take({ toolUseId, toolName, input }: CustomCall): CustomResult | undefined {
    const found = [...this.#results].find(
      ([id, { call, isTaken }]) =>
        !isTaken && (toolUseId ?? id) === id && call.toolName === toolName && isDeepStrictEqual(call.input, input),
    )?.[1];
    if (found !== undefined) found.isTaken = true;
    return found?.result;
  }

  /** The call is over. */
  delete(toolUseId: string): void {
    this.#results.delete(toolUseId);
  }

  clear(): void {
    this.#results.clear();
  }
}
