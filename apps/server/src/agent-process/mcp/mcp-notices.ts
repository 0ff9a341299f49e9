import type { NeededSignIn } from '../../definitions/sign-in-needed.ts';
import { parseMcpToolName, toMcpToolName } from '../../definitions/mcp-tool-name.ts';

export interface McpNotice {
  level: 'info' | 'warning';
  /** A sentence or two for people. */
  text: string;
  /** A sign-in that the server needs, or has got. */
  signIn?: NeededSignIn & { isDone: boolean };
}

/** Of one server in the life of one process; it may fail and ask as often as it likes. */
const MAX_NOTICES = 20;
const MAX_QUESTION_CHARS = 500;

/** The notices that people get about one MCP server. */
export interface McpNotices {
  /** The notices that still hold, for clients that attach later. */
  readonly facts: McpNotice[];
  /** Why the server, or some of its tools, are missing; undefined where they are not. */
  readonly problem: string | undefined;
  tell(notice: McpNotice): void;
  /** Something of the server is missing; told when it is another problem than before. `signIn` would mend it. */
  tellProblem(text: string, signIn?: NeededSignIn): void;
  clearProblem(): void;
  /** Two names that clients commonly make one: both are served, and people are told which is which. */
  tellSimilarNames(tools: readonly { name: string }[]): void;
  /** A question of the server was declined and nobody asked; `reason` is a clause. */
  tellDeclined(question: string, reason: string): void;
}

export function createMcpNotices(server: string, onNotice: (notice: McpNotice) => void): McpNotices {
  let problem: McpNotice | undefined;
  let similar: McpNotice[] = [];
  let told = 0;

  const tell = (notice: McpNotice) => {
    told += 1;
    if (told <= MAX_NOTICES) onNotice(notice);
  };
  const toShownName = (tool: string) => parseMcpToolName(toMcpToolName({ server, tool }))?.toolName ?? tool;

  return {
    get facts() {
      return [...(problem ? [problem] : []), ...similar];
    },
    get problem() {
      return problem?.text;
    },
    tell,
    tellProblem(text, signIn) {
      const isNew = problem?.text !== text;
      problem = { level: 'warning', text, ...(signIn && { signIn: { ...signIn, isDone: false } }) };
      if (isNew) tell(problem);
    },
    clearProblem() {
      problem = undefined;
    },
    tellSimilarNames(tools) {
      const groups = Map.groupBy(tools, ({ name }) => name.replaceAll(/[^a-zA-Z0-9_-]/g, '_'));
      const before = new Set(similar.map(({ text }) => text));
      similar = [...groups.values()]
        .filter((group) => group.length > 1)
        .map((group): McpNotice => {
          const names = group.map(({ name }) => `${quote(name)} as ${toShownName(name)}`);
          const start = `Tools of the MCP server ${server} differ only in characters that the model cannot use`;
          return { level: 'info', text: `${start}. The agent knows ${names.join(' and ')}.` };
        });
      for (const notice of similar) if (!before.has(notice.text)) tell(notice);
    },
    tellDeclined(question, reason) {
      const asked = question.length > MAX_QUESTION_CHARS ? `${question.slice(0, MAX_QUESTION_CHARS)} …` : question;
      const end = `Nobody was asked, and it was declined: ${reason}`;
      tell({ level: 'warning', text: `The MCP server ${server} asks: ${quote(asked)}. ${end}.` });
    },
  };
}

/** Why the tools of a server are missing, as sentences for people. `signIn` says why somebody has to sign in, as a clause. */
export function describeMissing(
  server: string,
  {
    refusal,
    problem,
    signIn,
  }: { refusal: string | undefined; problem: string | undefined; signIn?: string | undefined },
): string {
  if (refusal !== undefined) return `The MCP server ${server} is not used: ${refusal}. Its tools are missing.`;
  if (signIn !== undefined)
    return `The MCP server ${server} needs a sign-in: ${signIn}. Its tools are missing until then.`;
  const why = problem === undefined ? 'has not answered yet' : `cannot be reached: ${problem}`;
  return `The MCP server ${server} ${why}. Its tools are missing until it can be reached.`;
}

/** Characters that cannot be seen or that turn the text around them. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Whether a name can be shown to people unchanged. */
export function isReadable(name: string): boolean {
  return !HIDDEN.test(name);
}

/** The same text with all of its characters to be seen. Line ends and tabs stay. */
export function toReadable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(
      HIDDEN_BUT_LINES,
      (found) => `[U+${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

const HIDDEN_BUT_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A server's words in a sentence of ours: nothing in them hides, or pushes the rest away. */
function quote(text: string): string {
  return `“${toReadable(text.replaceAll(/\s+/g, ' '))}”`;
}
