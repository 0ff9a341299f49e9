import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A span as a collector gets it, with ids in hex and times in nanoseconds. */
export interface CollectedSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** Empty at the top of a trace. */
  parentSpanId: string;
  start: bigint;
  end: bigint;
  isError: boolean;
  attributes: Record<string, unknown>;
  /** Of what sent it. */
  resource: Record<string, unknown>;
}

export interface OtlpCollector extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  readonly headers: readonly (string | undefined)[];
}

/** A collector for tests: takes traces over OTLP/HTTP with protobuf, which it decodes by the field numbers of OTLP 1.x. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = [];
  const headers: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      headers.push(request.headers.authorization);
      if (request.url === '/v1/traces') spans.push(...readTraces(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The fields of a message by their number. */
type Fields = Map<number, (Buffer | bigint)[]>;

function readTraces(body: Buffer): CollectedSpan[] {
  return messages(readFields(body), 1).flatMap((resourceSpans) => {
    const [resource = new Map()] = messages(resourceSpans, 1);
    const all = messages(resourceSpans, 2).flatMap((scopeSpans) => messages(scopeSpans, 2));
    return all.map((span) => ({
      ...{ traceId: toHex(span, 1), spanId: toHex(span, 2), parentSpanId: toHex(span, 4) },
      name: toText(span, 5),
      ...{ start: toInteger(span, 7), end: toInteger(span, 8) },
      isError: messages(span, 15).some((status) => toInteger(status, 3) === 2n),
      attributes: toAttributes(messages(span, 9)),
      resource: toAttributes(messages(resource, 1)),
    }));
  });
}

function readFields(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const key = Number(varint());
    const value = [varint, () => take(8).readBigUInt64LE(), () => take(Number(varint()))][key & 7]?.() ?? take(4);
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

function messages(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).flatMap((value) => (typeof value === 'bigint' ? [] : [readFields(value)]));
}

function toBytes(fields: Fields, number: number): Buffer {
  const value = fields.get(number)?.[0];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function toHex(fields: Fields, number: number): string {
  return toBytes(fields, number).toString('hex');
}

function toText(fields: Fields, number: number): string {
  return toBytes(fields, number).toString('utf8');
}

function toInteger(fields: Fields, number: number): bigint {
  const value = fields.get(number)?.[0];
  return typeof value === 'bigint' ? value : 0n;
}

function toAttributes(pairs: Fields[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [value = new Map() as Fields] = messages(pair, 2);
      const double = value.get(4)?.[0];
      const said = value.has(1)
        ? toText(value, 1)
        : value.has(2)
          ? toInteger(value, 2) === 1n
          : typeof double === 'bigint'
            ? Buffer.from(new BigUint64Array([double]).buffer).readDoubleLE()
            : Number(toInteger(value, 3));
      return [toText(pair, 1), said];
    }),
  );
}
