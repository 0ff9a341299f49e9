import { chat } from '../../messages/chat.ts';
import { HighlightedCode } from '../../markdown/highlighted-code.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { LongText } from '../../ui/long-text.tsx';

/**
 * A shell command. With `whole`, for a command that a person decides on, nothing is left out, however long the command
 * is.
 */
export function CommandText({ command, whole = false }: { command: string; whole?: boolean }) {
  const draw = (part: string) => <HighlightedCode code={part} language="bash" />;
  return (
    <div className="flex items-start gap-1 rounded-sm border border-line bg-surface">
      <pre
        className="code-text max-h-72 min-w-0 flex-1 overflow-auto px-3 py-2 wrap-anywhere whitespace-pre-wrap"
        tabIndex={0}
      >
        <span aria-hidden className="text-muted select-none">
          ${' '}
        </span>
        {whole ? draw(command) : <LongText text={command}>{draw}</LongText>}
      </pre>
      <CopyButton text={command} label={chat.tools.copyCommand} className="m-0.5 max-md:-my-1 pointer-coarse:-my-1" />
    </div>
  );
}
