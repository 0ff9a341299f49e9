import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
  type LanguageSupport,
} from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';

import { findLineEnd } from './find-line-end.ts';

export interface CodeEditorOptions {
  /** Its ending says the language. */
  path: string;
  text: string;
  /** What the text field is called. */
  label: string;
  onChange: () => void;
  onSave: () => void;
}

export interface CodeEditor {
  /** With the line ends of the text that was opened. */
  read: () => string;
  focus: () => void;
  close: () => void;
}

/**
 * Opens CodeMirror 6 in an element. Tab moves the focus, as everywhere in the app; Ctrl or Cmd with `]` and `[` indents.
 * Invisible characters are drawn as such.
 */
export function openCodeEditor(parent: HTMLElement, options: CodeEditorOptions): CodeEditor {
  const { path, text, label, onChange, onSave } = options;
  const language = new Compartment();
  const save = () => {
    onSave();
    return true;
  };
  // CodeMirror splits at every kind of line end and joins with one.
  const lineEnd = findLineEnd(text);
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        ...(lineEnd === undefined ? [] : [EditorState.lineSeparator.of(lineEnd)]),
        ...[lineNumbers(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), bracketMatching()],
        ...[highlightActiveLine(), highlightSelectionMatches(), search({ top: true })],
        syntaxHighlighting(colours),
        language.of([]),
        keymap.of([{ key: 'Mod-s', run: save }, ...defaultKeymap, ...searchKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
        EditorView.updateListener.of((update) => update.docChanged && onChange()),
        theme,
      ],
    }),
  });
  let isClosed = false;
  loadLanguage(path).then(
    (loaded) => {
      if (!isClosed && loaded !== undefined) view.dispatch({ effects: language.reconfigure(loaded) });
    },
    // Without its colours the text can be edited all the same.
    () => {},
  );
  return {
    read: () => view.state.sliceDoc(),
    focus: () => view.focus(),
    close() {
      isClosed = true;
      view.destroy();
    },
  };
}

async function loadLanguage(path: string): Promise<LanguageSupport | undefined> {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  switch (ending) {
    case 'js':
    case 'mjs':
    case 'cjs':
    case 'jsx':
    case 'ts':
    case 'mts':
    case 'cts':
    case 'tsx':
      return (await import('@codemirror/lang-javascript')).javascript({
        typescript: ending.includes('ts'),
        jsx: ending.endsWith('x'),
      });
    case 'json':
    case 'jsonc':
      return (await import('@codemirror/lang-json')).json();
    case 'md':
    case 'markdown':
      return (await import('@codemirror/lang-markdown')).markdown();
    case 'py':
      return (await import('@codemirror/lang-python')).python();
    case 'css':
      return (await import('@codemirror/lang-css')).css();
    case 'html':
    case 'htm':
    case 'svg':
      return (await import('@codemirror/lang-html')).html();
    case 'yaml':
    case 'yml':
      return (await import('@codemirror/lang-yaml')).yaml();
    default:
      return undefined;
  }
}

/** The colours of the highlighter of the file view. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-number)' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.link],
    color: 'var(--code-function)',
  },
  { tag: [tags.comment, tags.meta], color: 'var(--code-comment)' },
  { tag: [tags.typeName, tags.className, tags.tagName, tags.propertyName], color: 'var(--code-type)' },
  { tag: [tags.heading, tags.strong], fontWeight: '600' },
  { tag: tags.emphasis, fontStyle: 'italic' },
]);

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--text)', backgroundColor: 'var(--bg)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '20px' },
  '.cm-gutters': { color: 'var(--muted)', backgroundColor: 'var(--bg)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--accent) 28%, var(--bg))',
  },
  '.cm-selectionMatch': { backgroundColor: 'var(--warn-soft)' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-soft)', outline: '1px solid var(--warn)' },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-textfield': { backgroundColor: 'var(--bg)', border: '1px solid var(--control)', fontSize: '13px' },
  '.cm-button': { backgroundColor: 'var(--raised)', backgroundImage: 'none', border: '1px solid var(--control)' },
  '.cm-specialChar': { color: 'var(--bad)' },
});
