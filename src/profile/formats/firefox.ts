// The processed format of profiler.firefox.com, version 47: a sample for each stack, with its weight.

import type { CallTree } from '../call-tree.ts';

const VERSION = 47;

/** Columns of the same length. */
const table = <T extends object>(length: number, columns: T): T & { length: number } => ({ length, ...columns });
const filled = <T>(length: number, value: T): T[] => new Array<T>(length).fill(value);

function threadOf(name: string, { nodes }: CallTree): object {
  const strings = new Map<string, number>();
  const stringOf = (text: string): number => {
    const index = strings.get(text) ?? strings.size;
    strings.set(text, index);
    return index;
  };
  const n = nodes.length;
  const functions = new Map<string, number>();
  const firsts: number[] = [];
  const functionOf = nodes.map(({ name: title }, i) => {
    const index = functions.get(title) ?? functions.size;
    if (index === functions.size) firsts.push(i);
    functions.set(title, index);
    return index;
  });
  const m = functions.size;
  const lineOf = (i: number): number | null => nodes[i]!.source?.line ?? null;
  const funcTable = table(m, {
    isJS: filled(m, false),
    relevantForJS: filled(m, false),
    name: firsts.map(i => stringOf(nodes[i]!.name)),
    resource: filled(m, -1),
    fileName: firsts.map(i => (nodes[i]!.source === undefined ? null : stringOf(nodes[i]!.source!.file))),
    lineNumber: firsts.map(lineOf),
    columnNumber: filled(m, null),
  });
  const samples = nodes.flatMap(({ self }, i) => (self > 0 ? [i] : []));
  let time = 0;
  const times = samples.map(i => {
    const start = time;
    time += nodes[i]!.self / 1000;
    return start;
  });
  return {
    processType: 'default',
    processStartupTime: 0,
    processShutdownTime: null,
    registerTime: 0,
    unregisterTime: null,
    pausedRanges: [],
    name,
    isMainThread: true,
    pid: '0',
    tid: 0,
    samples: table(samples.length, {
      stack: samples,
      time: times,
      weight: samples.map(i => nodes[i]!.self),
      weightType: 'samples',
    }),
    markers: table(0, { category: [], data: [], endTime: [], name: [], phase: [], startTime: [] }),
    stackTable: table(n, {
      prefix: nodes.map(({ parent }) => (parent < 0 ? null : parent)),
      frame: nodes.map((_, i) => i),
      category: filled(n, 0),
      subcategory: filled(n, 0),
    }),
    frameTable: table(n, {
      address: filled(n, -1),
      inlineDepth: filled(n, 0),
      category: filled(n, 0),
      subcategory: filled(n, 0),
      func: functionOf,
      nativeSymbol: filled(n, null),
      innerWindowID: filled(n, null),
      implementation: filled(n, null),
      line: nodes.map((_, i) => lineOf(i)),
      column: filled(n, null),
    }),
    funcTable,
    resourceTable: table(0, { lib: [], name: [], host: [], type: [] }),
    nativeSymbols: table(0, { address: [], functionSize: [], libIndex: [], name: [] }),
    stringArray: [...strings.keys()],
  };
}

export function firefoxProfile(tree: CallTree, name: string): string {
  return JSON.stringify({
    meta: {
      interval: 1,
      startTime: 0,
      processType: 0,
      product: `jit-exec: ${name}, ${tree.weight}`,
      stackwalk: 0,
      version: 27,
      preprocessedProfileVersion: VERSION,
      symbolicated: true,
      categories: [{ name: 'Other', color: 'grey', subcategories: ['Other'] }],
      markerSchema: [],
      extensions: table(0, { id: [], name: [], baseURL: [] }),
    },
    libs: [],
    pages: [],
    threads: [threadOf(name, tree)],
  });
}
