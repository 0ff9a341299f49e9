/**
 * Puts a text into a block quote, so that any Markdown it opens (a fence, a list, a heading) ends with the quote, and
 * escapes HTML: `<!--` or `<script>` would hide the rest of the transcript. What is certainly code stays unchanged.
 */
export function quoteMarkdown(text: string): string {
  let fence: string | undefined;
  let isCodeSure = true;
  const lines = text.split(/\r\n|\r|\n/).map((line) => {
    if (fence !== undefined) {
      if (closesFence(line, fence)) fence = undefined;
      return line;
    }
    if (line.trim() === '') {
      isCodeSure = true;
      return line;
    }
    // Only at the very beginning of a line: an indented fence may belong to a list, and end with it.
    fence = /^(`{3,})[^`]*$|^(~{3,})/.exec(line)?.slice(1).find(Boolean);
    if (fence !== undefined) return escapeHtml(line);
    const escaped = isCodeSure ? escapeOutsideCode(line) : undefined;
    isCodeSure = escaped !== undefined;
    return escaped ?? escapeHtml(line);
  });
  return lines.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n');
}

/** A code block that its content cannot end: the fence is longer than every run of backticks inside. */
export function toFencedCode(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replaceAll(/\r\n?/g, '\n')}\n${fence}`;
}

/** One line of plain text, with everything escaped that Markdown would read. */
export function toPlainMarkdown(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]<>()#+!|~&$:@]/g, '\\$&');
}

function closesFence(line: string, fence: string): boolean {
  const run = /^ {0,3}(`+|~+)[ \t]*$/.exec(line)?.[1];
  return run !== undefined && run[0] === fence[0] && run.length >= fence.length;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/<(?=[a-z/!?])/gi, '&lt;');
}

/**
 * Undefined when the line does not show where its code begins and ends: an unmatched run of backticks, an escape, a
 * table.
 */
function escapeOutsideCode(line: string): string | undefined {
  if (!line.includes('`')) return escapeHtml(line);
  if (/\\`|\|/.test(line)) return undefined;
  const parts = line.split(/(`+)/);
  let result = '';
  for (let index = 0; index < parts.length;) {
    const part = parts[index] ?? '';
    if (index % 2 === 0) {
      result += escapeHtml(part);
      index += 1;
      continue;
    }
    const end = parts.findIndex((each, at) => at > index && at % 2 === 1 && each === part);
    if (end === -1) return undefined;
    result += parts.slice(index, end + 1).join('');
    index = end + 1;
  }
  return result;
}
