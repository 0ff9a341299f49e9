import { z } from 'zod';

export const SAMPLERS = [
  ...(['always_on', 'always_off', 'traceidratio'] as const),
  ...(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const),
] as const;

/** How traces are made and where they go. */
export interface TracingSettings {
  /** Of the collector, with the path for traces. */
  url: string;
  /** With its credential. */
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  resourceAttributes: Readonly<Record<string, string>>;
  sampler: (typeof SAMPLERS)[number];
  /** Share of the traces that `traceidratio` keeps, from 0 to 1. */
  ratio: number;
  /** Most traces in a second that are kept because a client says so. */
  clientTracesPerSecond: number;
  hasContents: boolean;
  /** Whether agent processes report what they do, too. */
  hasAgents: boolean;
}

export interface TracingVariables {
  otlpEndpoint: string | undefined;
  otlpTracesEndpoint: string | undefined;
  otlpHeaders: Readonly<Record<string, string>>;
  otlpTracesHeaders: Readonly<Record<string, string>>;
  otelServiceName: string;
  otelResourceAttributes: Readonly<Record<string, string>>;
  otelTracesSampler: TracingSettings['sampler'];
  otelTracesSamplerArg: number;
  traceClientRate: number;
  otelSdkDisabled: boolean;
  traceContents: 'off' | 'on';
  agentTelemetry: 'off' | 'on';
}

/** `key=value,key=value` with percent-encoding, as OpenTelemetry writes headers and attributes. */
export const keyValueList = z.string().transform((text, context): Record<string, string> => {
  const pairs = text.split(',').filter((each) => each.trim() !== '');
  const entries = pairs.map((each) => {
    const at = each.indexOf('=');
    return [decode(each.slice(0, Math.max(0, at)).trim()), decode(each.slice(at + 1).trim())] as const;
  });
  if (entries.some(([key, value]) => key === undefined || key === '' || value === undefined))
    context.addIssue('takes key=value pairs, separated by commas, with percent-encoding');
  return Object.fromEntries(entries) as Record<string, string>;
});

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Undefined where no collector is named, or OpenTelemetry is switched off: then nothing of it is loaded. */
export function toTracingSettings(variables: TracingVariables): TracingSettings | undefined {
  const { otlpEndpoint: base, otlpTracesEndpoint: exact } = variables;
  const url = exact ?? (base === undefined ? undefined : `${base.replace(/\/$/, '')}/v1/traces`);
  if (url === undefined || variables.otelSdkDisabled) return undefined;
  return {
    url,
    headers: { ...variables.otlpHeaders, ...variables.otlpTracesHeaders },
    serviceName: variables.otelServiceName,
    resourceAttributes: variables.otelResourceAttributes,
    sampler: variables.otelTracesSampler,
    ratio: variables.otelTracesSamplerArg,
    clientTracesPerSecond: variables.traceClientRate,
    hasContents: variables.traceContents === 'on',
    hasAgents: variables.agentTelemetry === 'on',
  };
}
