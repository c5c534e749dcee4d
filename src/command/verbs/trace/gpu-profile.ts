// What a GPU did, as a Chrome trace: for chrome://tracing, ui.perfetto.dev or speedscope.

import type { StepSpan } from '../../../../runtime/gpu/device.ts';

const ROWS: readonly StepSpan['kind'][] = ['upload', 'kernel', 'download'];
const MICROSECONDS = 1000;

/** The text of a trace: a row each for uploads, kernels, downloads. */
export function chromeTrace(adapter: string, spans: readonly StepSpan[]): string {
  const first = spans.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const named = (name: string, tid: number, value: string) => ({ ph: 'M', pid: 1, tid, name, args: { name: value } });
  const events = spans.map(({ kind, name, start, milliseconds, bytes }) => ({
    ...{ ph: 'X', pid: 1, tid: 1 + ROWS.indexOf(kind), cat: kind, name },
    ...{ ts: round((start - first) * MICROSECONDS), dur: round(milliseconds * MICROSECONDS) },
    ...(bytes === undefined ? {} : { args: { bytes } }),
  }));
  const names = [named('process_name', 0, adapter), ...ROWS.map((kind, i) => named('thread_name', 1 + i, `${kind}s`))];
  return `{"displayTimeUnit":"ms","traceEvents":[\n${[...names, ...events].map(one => JSON.stringify(one)).join(',\n')}\n]}\n`;
}

/** Nanoseconds are enough. */
const round = (microseconds: number): number => Math.round(microseconds * 1000) / 1000;
