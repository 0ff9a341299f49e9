import { say } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

const tour = `# A tour of Markdown

Text can be **bold**, *italic*, ~~struck out~~ or \`code\`, and it can [link somewhere](https://docs.claude.com).

## Lists

1. First things first
2. Second things
   - with a detail
   - and another one
3. Last things

- [x] Streamed as it is written
- [x] Highlighted
- [ ] Boring

## A table

| Tool | What it does | Asks first |
| --- | --- | :---: |
| \`Read\` | reads a file | no |
| \`Edit\` | changes a part of a file | yes |
| \`Bash\` | runs a command | it depends |

## Code

\`\`\`typescript
import Anthropic from '@anthropic-ai/sdk';

/** Streams an answer to the terminal. */
export async function ask(question: string): Promise<void> {
  const client = new Anthropic();
  const stream = client.messages.stream({
    model: 'claude-sonnet-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: question }],
  });
  stream.on('text', (text) => process.stdout.write(text));
  await stream.finalMessage();
}
\`\`\`

\`\`\`python
def fibonacci(n: int) -> list[int]:
    numbers = [0, 1]
    while len(numbers) < n:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:n]
\`\`\`

\`\`\`sh
export ANTHROPIC_API_KEY=…   # then start the server again
\`\`\`

\`\`\`diff
- const greeting = 'hello';
+ const greeting = 'Hello, world!';
\`\`\`

> Quotations stand apart,
> even over two lines.

---

That was the tour.
`;

/** Headings, lists, a table and code in several languages. */
export const markdownScenario: Scenario = {
  name: 'demo: markdown',
  match: { userText: /\b(?:markdown|table|code|format(?:ting)?|headings?|demo|tour|example)\b/i },
  reply: [say(tour)],
};
