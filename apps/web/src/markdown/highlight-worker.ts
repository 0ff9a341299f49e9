import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';

import type { CodeLine, HighlightReply, HighlightRequest } from './highlight-message.ts';
import { findLanguage } from './languages.ts';

const THEME = createCssVariablesTheme({ name: 'csp', variablePrefix: '--shiki-', fontStyle: false });
const FOREGROUND = 'var(--shiki-foreground)';

let core: Promise<HighlighterCore> | null = null;

addEventListener('message', ({ data }: MessageEvent<HighlightRequest>) => void answer(data));

async function answer({ id, code, language }: HighlightRequest): Promise<void> {
  const lines = await highlight(code, language).catch(() => null);
  const reply: HighlightReply = { id, lines };
  postMessage(reply);
}

async function highlight(code: string, language: string): Promise<readonly CodeLine[] | null> {
  const known = findLanguage(language);
  if (known === undefined) return null;
  core ??= createHighlighterCore({
    themes: [THEME],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const highlighter = await core;
  if (!highlighter.getLoadedLanguages().includes(known.name)) await highlighter.loadLanguage(known.load());
  const { tokens } = highlighter.codeToTokens(code, { lang: known.name, theme: 'csp' });
  return tokens.map((line) =>
    line.map((token) => ({
      text: token.content,
      color: token.color === undefined || token.color === FOREGROUND ? null : token.color,
    })),
  );
}
