import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';
import { CommandText } from './command-text.tsx';
import { PanelLink } from '../../services/panel-link.tsx';
import { LongOutput } from './long-output.tsx';
import { readOutput } from './read-output.ts';
import { isRecord, readText } from './tool-values.ts';
import { ResultImages } from './result-images.tsx';

/** A command and its output, in the terminal's colours. */
export function BashBody({ item }: { item: ToolItem }) {
  const description = readText(item.input, 'description');
  const { structured } = item;
  const { stdout: output, stderr, told } = readOutput(item);
  const facts = [
    isRecord(structured) && structured['interrupted'] === true ? chat.tools.interrupted : null,
    readText(structured, 'backgroundTaskId') !== '' || item.input['run_in_background'] === true
      ? chat.tools.background
      : null,
    readText(structured, 'returnCodeInterpretation') || null,
  ].filter((fact) => fact !== null);
  return (
    <div className="flex flex-col gap-2">
      {description !== '' && <p className="text-sm text-muted">{description}</p>}
      <CommandText command={readText(item.input, 'command')} />
      {output !== '' && <LongOutput text={output} outputKey={`${item.id}:out`} />}
      {told && stderr !== '' && (
        <LongOutput
          text={stderr}
          outputKey={`${item.id}:err`}
          {...(item.status === 'failed' && { tone: 'bad' as const })}
        />
      )}
      {isLong(`${output}\n${stderr}`) && (
        <p className="text-sm font-semibold">
          <PanelLink view={{ tab: 'output', call: item.id }}>{chat.tools.openOutput}</PanelLink>
        </p>
      )}
      {item.output !== null && output === '' && stderr === '' && (
        <p className="text-sm text-muted">{chat.tools.noOutput}</p>
      )}
      {facts.length > 0 && <p className="text-sm text-muted">{facts.join(' · ')}</p>}
      <ResultImages item={item} />
    </div>
  );
}

/** Whether the output has more lines than are shown at first. */
function isLong(output: string): boolean {
  return output.split('\n').length > 24;
}
