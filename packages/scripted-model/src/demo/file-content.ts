import { extname, isAbsolute, join } from 'node:path';
import type { Conversation } from '../conversation.ts';

const fileName =
  /(?:^|[\s"'`(])((?:[\w.-]*\/)*[\w-][\w.-]*\.(?:md|txt|ts|tsx|js|mjs|jsx|json|html|css|py|sh|ya?ml|csv|toml|sql|go|rs))\b/i;
const quotedContent =
  /(?:with (?:the )?(?:text|contents?|words?|line)|containing|contains|that says|saying|content:)\s*:?\s*(?:"([^"]+)"|“([^”]+)”|`([^`]+)`|'([^']+)'|([^"“`'].*))$/is;

/** The first file name in a text. */
export function findFileName(words: string): string | undefined {
  return fileName.exec(words)?.[1];
}

/** The absolute path that the tools need, in the workspace unless the name is a path outside of it. */
export function toPath(name: string, conversation: Conversation): string {
  return isAbsolute(name) || conversation.workingDirectory === undefined
    ? name
    : join(conversation.workingDirectory, name);
}

/** The file that a request to write names, or a suitable name. */
export function toFileName(words: string): string {
  const named = findFileName(words);
  if (named !== undefined) return named;
  if (/typescript|\bts\b|function|program|\bcode\b/i.test(words)) return 'greet.ts';
  if (/python|\bpy\b/i.test(words)) return 'greet.py';
  if (/html|web ?page|web ?site/i.test(words)) return 'index.html';
  if (/json|config/i.test(words)) return 'config.json';
  return 'hello.md';
}

/** The content to write: the text in the request, or a small example for the type of file. */
export function toFileContent(name: string, words: string): string {
  const given = quotedContent.exec(words);
  const text = given?.slice(1).find((group) => group !== undefined);
  if (text !== undefined) return `${text.trim()}\n`;
  return examples[extname(name).toLowerCase()] ?? `Hello from the offline demo model.\n`;
}

/** A file as a fenced code block. */
export function toFence(name: string, content: string): string {
  const language = languages[extname(name).toLowerCase()] ?? extname(name).slice(1);
  const fence = content.includes('```') ? '````' : '```';
  return `${fence}${language}\n${content.replace(/\n$/, '')}\n${fence}`;
}

const languages: Readonly<Record<string, string>> = {
  '.md': 'markdown',
  '.py': 'python',
  '.sh': 'sh',
  '.txt': 'text',
  '.yml': 'yaml',
};

const typescriptExample = `/** Greets somebody by name. */
export function greet(name: string): string {
  return \`Hello, \${name}!\`;
}

console.log(greet('world'));
`;

const examples: Readonly<Record<string, string>> = {
  '.md': `# Hello

This file was written by the offline demo model.

- It is a real file in your workspace.
- Say **edit it** to see a change with its diff.
`,
  '.ts': typescriptExample,
  '.js': `/** Greets somebody by name. */
export function greet(name) {
  return \`Hello, \${name}!\`;
}

console.log(greet('world'));
`,
  '.py': `def greet(name: str) -> str:
    """Greets somebody by name."""
    return f"Hello, {name}!"


print(greet("world"))
`,
  '.json': `{
  "name": "demo",
  "greeting": "Hello"
}
`,
  '.html': `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Hello</title>
  </head>
  <body>
    <h1>Hello from the offline demo model</h1>
  </body>
</html>
`,
  '.sh': `#!/bin/sh
echo "Hello from the offline demo model"
`,
};
