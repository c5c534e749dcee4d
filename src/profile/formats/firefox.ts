// The processed format of profiler.firefox.com, version 47: a sample for each stack, with its weight.

import type { CallTree } from '../call-tree.ts';
import { firefoxRecording } from './firefox-recording.ts';

const VERSION = 47;

/** Columns of the same length. */
const table = <T extends object>(length: number, columns: T): T & { length: number } => ({ length, ...columns });
const filled = <T>(length: number, value: T): T[] => new Array<T>(length).fill(value);

/** The strings of a thread, each once. */
class Strings {
  readonly #indices = new Map<string, number>();

  of(text: string): number {
    const index = this.#indices.get(text) ?? this.#indices.size;
    this.#indices.set(text, index);
    return index;
  }

  get all(): string[] {
    return [...this.#indices.keys()];
  }
}

const lineOf = ({ source }: CallTree['nodes'][number]): number | null => source?.line ?? null;

function samplesOf({ nodes }: CallTree): object {
  const stack = nodes.flatMap(({ self }, i) => (self > 0 ? [i] : []));
  let end = 0;
  const time = stack.map(i => {
    const start = end;
    end += nodes[i]!.self / 1000;
    return start;
  });
  return table(stack.length, { stack, time, weight: stack.map(i => nodes[i]!.self), weightType: 'samples' });
}

/** Functions by name, and which one each node is of. */
function functionsOf({ nodes }: CallTree, strings: Strings): { readonly of: number[]; readonly columns: object } {
  const indices = new Map<string, number>();
  for (const { name } of nodes) if (!indices.has(name)) indices.set(name, indices.size);
  const firsts = [...indices.keys()].map(name => nodes.find(node => node.name === name)!);
  const m = firsts.length;
  const columns = table(m, {
    isJS: filled(m, false),
    relevantForJS: filled(m, false),
    name: firsts.map(({ name }) => strings.of(name)),
    resource: filled(m, -1),
    fileName: firsts.map(({ source }) => (source === undefined ? null : strings.of(source.file))),
    lineNumber: firsts.map(lineOf),
    columnNumber: filled(m, null),
  });
  return { of: nodes.map(({ name }) => indices.get(name)!), columns };
}

function framesOf({ nodes }: CallTree, func: readonly number[]): object {
  const n = nodes.length;
  const depths: number[] = [];
  for (const { parent, inlined } of nodes) depths.push(inlined === true ? depths[parent]! + 1 : 0);
  return table(n, {
    address: filled(n, -1),
    inlineDepth: depths,
    category: filled(n, 0),
    subcategory: filled(n, 0),
    func,
    nativeSymbol: filled(n, null),
    innerWindowID: filled(n, null),
    implementation: filled(n, null),
    line: nodes.map(lineOf),
    column: filled(n, null),
  });
}

function threadOf(name: string, tree: CallTree): object {
  const strings = new Strings();
  const functions = functionsOf(tree, strings);
  const n = tree.nodes.length;
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
    samples: samplesOf(tree),
    markers: table(0, { category: [], data: [], endTime: [], name: [], phase: [], startTime: [] }),
    stackTable: table(n, {
      prefix: tree.nodes.map(({ parent }) => (parent < 0 ? null : parent)),
      frame: tree.nodes.map((_, i) => i),
      category: filled(n, 0),
      subcategory: filled(n, 0),
    }),
    frameTable: framesOf(tree, functions.of),
    funcTable: functions.columns,
    resourceTable: table(0, { lib: [], name: [], host: [], type: [] }),
    nativeSymbols: table(0, { address: [], functionSize: [], libIndex: [], name: [] }),
    stringArray: strings.all,
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
    ...firefoxRecording(tree, name),
  });
}
