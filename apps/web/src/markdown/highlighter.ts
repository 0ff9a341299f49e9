import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';

import { findLanguage } from './languages.ts';

export interface CodePart {
  text: string;
  /** A CSS colour, or null for the colour around it. */
  color: string | null;
}
export type CodeLine = readonly CodePart[];

const THEME = createCssVariablesTheme({ name: 'csp', variablePrefix: '--shiki-', fontStyle: false });
const FOREGROUND = 'var(--shiki-foreground)';

let core: Promise<HighlighterCore> | null = null;

/** Colours a code; null for a language that is not known. Loaded, like each language, only when first needed. */
export async function highlight(code: string, language: string): Promise<readonly CodeLine[] | null> {
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
