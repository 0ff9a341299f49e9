import { CspError } from '@claude-sdk-pattern/protocol';

/** Something wrong with a plugin, for whoever has to mend it. */
export interface PluginProblem {
  /** Relative to the plugin; null where no file is meant. */
  file: string | null;
  /** In that file, as `hooks.PreToolUse[0].type`; null where all of it is meant. */
  field: string | null;
  message: string;
  remedy: string;
  /** What can be done about it here, which a page can say in its own words. */
  action?: 'upgrade' | 'activate' | 'configure';
  /** The plugins of a marketplace, of which the source has to name one; at most 200. */
  choices?: readonly string[];
}

const MAX_PROBLEMS = 50;
const MAX_SHOWN_CHARS = 200;

/** What is answered when something cannot be taken in: the first problem as a sentence, all of them in the details. */
export function toRefusal(problems: readonly PluginProblem[], refused: 'plugin' | 'skill' = 'plugin'): CspError {
  const [first] = problems;
  const place = [first?.file, first?.field].filter((part) => part !== null && part !== undefined).join(': ');
  const message = [place, first?.message].filter((part) => part !== '').join(': ');
  return new CspError('invalid_request', `The ${refused} is refused. ${message}. ${first?.remedy ?? ''}`.trim(), {
    details: { problems: problems.slice(0, MAX_PROBLEMS) },
  });
}

/** What is answered for one file that cannot be taken in, or, without a file, for all of it. */
export function refuseFile(file: string | null, message: string, remedy: string): CspError {
  const shown = file === null || file.length <= MAX_SHOWN_CHARS ? file : `${file.slice(0, MAX_SHOWN_CHARS)}…`;
  return toRefusal([{ file: shown, field: null, message, remedy }]);
}
