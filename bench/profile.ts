// Where a run's time went: the samples of a V8 CPU profile, grouped by the file of the function that was running.

/** What is used of the Profile of V8's inspector protocol. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  /** The node that was running, for each sample. */
  readonly samples?: readonly number[] | undefined;
  /** Microseconds before each sample. */
  readonly timeDeltas?: readonly number[] | undefined;
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
}

export const GROUPS = [
  'guest',
  'interpreter',
  'translation',
  'precompiles',
  'syscalls',
  'trace',
  'dispatcher',
  'unnamed',
  'collector',
  'other',
] as const;
export type Group = (typeof GROUPS)[number];
/** Self time in seconds. */
export type Split = Readonly<Record<Group, number>>;

/** The first row that fits both says the group; what fits none is `other`: Node's own, this bench, V8 outside of functions. */
const ROWS: readonly { readonly group: Group; readonly url: RegExp; readonly name?: RegExp }[] = [
  // Regions carry a sourceURL, modules that V8 compiled from bytes a URL of its making; names of regions end with the address.
  { group: 'guest', url: /^guest\// },
  { group: 'guest', url: /^wasm:/, name: /_[\da-f]{8,}$|^(mulh|div|rem)[SU]+64$/ },
  { group: 'interpreter', url: /^wasm:/, name: /^(interpret|touch)$/ },
  { group: 'dispatcher', url: /^wasm:/, name: /^cold$/ },
  { group: 'precompiles', url: /^wasm:/ },
  // Names end with the address; V8 may not know the sourceURL of a function that is being compiled.
  { group: 'guest', url: /^$/, name: /_[\da-f]{8}$/ },
  { group: 'interpreter', url: /^$/, name: /^interpret$/ },
  { group: 'translation', url: /\/(dist\/codegen|node_modules\/(astring|acorn))\// },
  {
    group: 'translation',
    url: /\/dist\/src\/engine\/(code-cache|wasm-cache|compile-budget|jump-profile|interpreters)\.js$/,
  },
  // The constructors that compile what they are given.
  { group: 'translation', url: /^$/, name: /^(Function|Module|Instance)$/ },
  { group: 'precompiles', url: /\/(dist\/runtime\/(curves|hashes)|node_modules\/@noble)\// },
  // The chunk's ends, the ring, and entries that are not appended by guest code itself.
  { group: 'trace', url: /\/dist\/(runtime\/trace\/\w[\w-]*|src\/trace|bench\/trace-\w+)\.js$/ },
  { group: 'syscalls', url: /\/dist\/src\/machine\// },
  // They call compiled code and the interpreter, at most some ten thousand times in runs of seconds, which takes them no
  // time: this is V8 compiling what is called for the first time, and code that V8 finds no name for.
  { group: 'unnamed', url: /\/dist\/src\/engine\/executor\.js$/, name: /^(#dispatch|#interpreterNow|run)$/ },
  { group: 'dispatcher', url: /\/dist\/(src|runtime)\// },
  { group: 'collector', url: /^$/, name: /^\(garbage collector\)$/ },
];

export function groupOf({ url, functionName }: Frame): Group {
  return ROWS.find(row => row.url.test(url) && (row.name?.test(functionName) ?? true))?.group ?? 'other';
}

export function splitProfile({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Split {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame)]));
  const split = Object.fromEntries(GROUPS.map(group => [group, 0])) as Record<Group, number>;
  for (const [i, id] of samples.entries()) split[groups.get(id) ?? 'other'] += (timeDeltas[i] ?? 0) / 1e6;
  return split;
}

export const total = (split: Split): number => GROUPS.reduce((sum, group) => sum + split[group], 0);
