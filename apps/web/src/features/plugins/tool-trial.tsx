import type { McpToolResource, McpToolTest } from '@claude-sdk-pattern/protocol';
import { CircleCheck, CircleX } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ToolBody } from '../tools/tool-body.tsx';
import { ConfigurationInput } from './configuration-field.tsx';
import { FaultDetails } from './fault-details.tsx';
import { FailureView } from './failure-view.tsx';
import { formatMillis } from './format-millis.ts';
import { readFields, type ConfigurationField } from './read-schema.ts';
import { toConfiguration, toDraft, type DraftProblems } from './to-configuration.ts';
import { toTestItem } from './to-test-item.ts';
import { toSentence } from './to-sentence.ts';
import { h } from './trial-messages.ts';

export interface ToolTrialProps {
  plugin: string;
  server: string;
  tool: McpToolResource;
}

const NO_PROBLEMS: DraftProblems = { fields: {}, other: null };

/** The whole input as one text. */
const AS_JSON: ConfigurationField = {
  ...{ name: '', title: h.input, description: null, kind: 'json', required: false },
  ...{ default: undefined, choices: [], minimum: null, maximum: null },
};

type Result = { test: McpToolTest; input: Record<string, unknown> } | { failure: unknown } | 'stopped' | null;

/** A form that is made from the input schema of a tool, and runs it once. Leaving it stops what runs. */
export function ToolTrial({ plugin, server, tool }: ToolTrialProps) {
  const { api, announcer } = useServices();
  const fields = useMemo(() => readFields(tool.input_schema ?? {}), [tool.input_schema]);
  const [draft, setDraft] = useState(() => toDraft(fields, {}));
  const [problems, setProblems] = useState(NO_PROBLEMS);
  const [isJson, setJson] = useState(fields.length === 0);
  const [json, setJsonText] = useState('{}');
  const [result, setResult] = useState<Result>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => () => running?.abort(), [running]);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problems]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (running !== null) return;
    const read = isJson ? readJson(json) : toConfiguration(fields, draft);
    setProblems('problems' in read ? read.problems : NO_PROBLEMS);
    if ('problems' in read) return;
    const input = read.configuration;
    const ending = new AbortController();
    setResult(null);
    setRunning(ending);
    try {
      const test = await api.mcpServers.test(plugin, server, { tool: tool.name, input }, ending.signal);
      if (ending.signal.aborted) return;
      setResult({ test, input });
      announcer.say(describe(test));
    } catch (failure) {
      setResult(ending.signal.aborted ? 'stopped' : { failure });
    } finally {
      setRunning(null);
    }
  };
  const same = { secrets: [], note: null };
  const switchForm = () => {
    if (!isJson) {
      const read = toConfiguration(fields, draft);
      if ('configuration' in read) setJsonText(JSON.stringify(read.configuration, null, 2));
    }
    setProblems(NO_PROBLEMS);
    setJson(!isJson);
  };
  return (
    <form ref={form} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
      {isJson ? (
        <ConfigurationInput
          {...{ ...same, field: AS_JSON, text: json, problem: problems.other }}
          onText={setJsonText}
        />
      ) : (
        fields.map((field) => (
          <ConfigurationInput
            key={field.name}
            {...{ ...same, field, text: draft.fields[field.name] ?? '' }}
            problem={problems.fields[field.name] ?? null}
            onText={(text) => setDraft({ ...draft, fields: { ...draft.fields, [field.name]: text } })}
          />
        ))
      )}
      <p className="text-sm text-muted">{h.runHelp}</p>
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="primary" busy={running !== null} aria-label={h.runOf(tool.name)}>
          {running === null ? h.run : h.running}
        </Button>
        {running !== null && <Button onClick={() => running.abort()}>{h.stop}</Button>}
        {fields.length > 0 && running === null && (
          <Button look="quiet" onClick={switchForm}>
            {isJson ? h.asForm : h.asJson}
          </Button>
        )}
      </div>
      <ResultView {...{ result, tool: tool.name, server }} />
    </form>
  );
}

function ResultView({ result, tool, server }: { result: Result; tool: string; server: string }) {
  if (result === null) return null;
  if (result === 'stopped') return <p className="text-sm text-muted">{h.stopped}</p>;
  if ('failure' in result) return <FailureView error={result.failure} />;
  const { test, input } = result;
  const isGood = test.outcome === 'success';
  return (
    <section aria-label={describe(test)} className="flex flex-col gap-2">
      <p className={`nums flex items-center gap-1.5 text-sm font-semibold ${isGood ? 'text-ok' : 'text-bad'}`}>
        {isGood ? <CircleCheck size={14} aria-hidden /> : <CircleX size={14} aria-hidden />}
        {describe(test)}
      </p>
      {[...(test.problem === null ? [] : [toSentence(test.problem)]), ...test.remarks].map((text) => (
        <p key={text} className="text-sm wrap-anywhere">
          <VisibleText text={text} />
        </p>
      ))}
      <FaultDetails remedy={test.remedy} output={test.output} />
      {test.outcome !== 'failed' && <ToolBody item={toTestItem(test, { server, tool, input })} />}
      <p className="text-sm text-muted">
        {[h.started(formatMillis(test.connect_ms)), ...(test.is_cut ? [h.cut] : [])].join(' ')}
      </p>
    </section>
  );
}

function describe({ outcome, duration_ms: ms }: McpToolTest): string {
  return outcome === 'failed' ? h.outcome.failed : h.outcome[outcome](formatMillis(ms ?? 0));
}

function readJson(text: string): ReturnType<typeof toConfiguration> {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { configuration: value as Record<string, unknown> };
  } catch {
    // Told below.
  }
  return { problems: { fields: {}, other: h.notObject } };
}
