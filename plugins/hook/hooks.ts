import { defineHook, definePlugin } from '@claude-sdk-pattern/plugin-api';

const guardCommands = defineHook({
  event: 'PreToolUse',
  tools: /Bash/,
  run({ input: { command } }) {
    if (typeof command !== 'string') return undefined;
    if (/\bgit push\b.*\s(?:--force|-f)\b/.test(command))
      return { deny: 'Pushes are not forced here: pull first, and push again.' };
    if (/\bnpm publish\b/.test(command)) return { ask: 'This publishes a package.' };
    return undefined;
  },
});

const sayTheRule = defineHook({
  event: 'SessionStart',
  run: () => ({ context: 'In this team nobody forces a push, and a person agrees before anything is published.' }),
});

export const plugin = definePlugin({ hooks: [guardCommands, sayTheRule] });
