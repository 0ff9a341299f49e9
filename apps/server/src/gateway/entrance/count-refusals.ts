import { CspError } from '@claude-sdk-pattern/protocol';

/** Which limit refused: of a credential, of an address, of bad passwords and credentials, of open connections. */
export type RefusingLimit = 'credential' | 'address' | 'attempts' | 'connections';

type Method = (...given: never[]) => unknown;

/** The same limits, which tell of each refusal: a method that throws or rejects with `rate_limited`. */
export function countRefusals<Limits extends object>(limits: Limits, onRefused: () => void): Limits {
  const note = (error: unknown): never => {
    if (error instanceof CspError && error.code === 'rate_limited') onRefused();
    throw error;
  };
  const counted = (method: Method): Method => {
    return (...given) => {
      try {
        const result = method(...given);
        return result instanceof Promise ? result.catch(note) : result;
      } catch (error) {
        return note(error);
      }
    };
  };
  return Object.fromEntries(
    Object.entries(limits).map(([name, method]) => [name, counted(method as Method)]),
  ) as Limits;
}
