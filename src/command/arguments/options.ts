// The options of the command, as tables for yargs.

import type { Options } from 'yargs';
import { PROFILE_WEIGHTS } from '../../profile/call-tree.ts';
import { byteCount, count, seconds, single, usage } from './option-values.ts';

const valued = (describe: string, more: Options = {}): Options => ({
  describe,
  type: 'string',
  requiresArg: true,
  ...more,
});

export const MACHINE_OPTION: Readonly<Record<string, Options>> = {
  machine: valued('Guest machine', { choices: ['auto', 'bare', 'sp1', 'openvm'], default: 'auto' }),
};

export const JSON_OPTION: Readonly<Record<string, Options>> = {
  json: { describe: 'Print one JSON object on stdout', type: 'boolean' },
};

type Table = Readonly<Record<string, Options>>;

/** Options under a heading of their own in the help. */
const grouped = (group: string, options: Table): Table =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { ...option, group }]));

/** May be given several times, mixed; each is one or more input buffers, or a value by key. */
export const INPUT_OPTIONS: Table = grouped('Inputs, in the order given:', {
  input: valued('The bytes of FILE (- is stdin)'),
  'input-hex': valued('The bytes that HEX says'),
  'input-u64': valued('N as 8 bytes, little-endian'),
  'sp1-stdin': valued('All buffers of a bincode SP1Stdin FILE'),
  kv: valued('What an openvm guest loads hints from by key: KEYHEX=FILE'),
});

export const LIMIT_OPTIONS: Table = grouped('Limits:', {
  'max-cycles': valued('Stop after N instructions', { coerce: count('max-cycles') }),
  'max-memory': valued('Stop when pages stored to are more than BYTES (k, M, G)', {
    coerce: byteCount('max-memory'),
  }),
  timeout: valued('Stop after SECONDS (10, 500ms, 2m)', { coerce: seconds }),
});

export const RUN_OPTIONS: Readonly<Record<string, Options>> = {
  ...MACHINE_OPTION,
  engine: valued('How to execute', { choices: ['auto', 'js', 'wasm', 'interpreter'], default: 'auto' }),
  ...INPUT_OPTIONS,
  ...LIMIT_OPTIONS,
  'sp1-version': valued('Load by the rules of SP1 up to 6.8 or from 6.9 on', {
    choices: ['6.4', '6.10'],
    default: '6.10',
  }),
  'code-cache': valued('Keep compiled code in DIR for later runs (1: the usual folder)'),
  lenient: { describe: 'Run words that SP1 refuses to load', type: 'boolean' },
  'real-time': { describe: "Let gettimeofday see the host's clock", type: 'boolean' },
  'public-values': valued('Write the public values to FILE'),
  ...grouped('What a guest does:', {
    report: { describe: 'Count opcodes, functions, memory and gas', type: 'boolean' },
    profile: valued('Counts by call stack to FILE.folded, .cpuprofile, .pb, .json'),
    'profile-weight': valued('What the profile counts (instructions unless given)', { choices: PROFILE_WEIGHTS }),
    gdb: valued('Wait for gdb at PORT, or speak with it by stdio'),
    'dump-js': valued('Print the JavaScript of a FUNCTION (name, address), run nothing'),
  }),
  ...JSON_OPTION,
  quiet: { alias: 'q', describe: 'No progress, summary or warnings on stderr', type: 'boolean' },
};

const {
  'dump-js': _dumpJs,
  gdb: _gdb,
  profile: _profile,
  'profile-weight': _weight,
  report: _report,
  lenient: _lenient,
  ...TRACED_RUN
} = RUN_OPTIONS;

/** Defaults are SP1's. */
export const SHARD_OPTIONS: Readonly<Record<string, Options>> = {
  'element-threshold': valued('Cells at which a shard ends', {
    coerce: count('element-threshold'),
    default: '402653184',
  }),
  'height-threshold': valued('Rows of a chip at which a shard ends', {
    coerce: count('height-threshold'),
    default: '4194304',
  }),
  'memory-shards': valued("Global memory events in shards of their own, or packed as SP1's sequential path does", {
    choices: ['separate', 'packed'],
    default: 'separate',
  }),
};

/** Limits are those of the release where they are not given. */
const SEGMENT_CUTS: Readonly<Record<string, Options>> = {
  'max-rows': valued('Rows of an AIR that end a segment', { coerce: count('max-rows') }),
  'max-cells': valued('Cells that end a segment', { coerce: count('max-cells') }),
  'max-interactions': valued('Interactions that end a segment', { coerce: count('max-interactions') }),
  'check-every': valued('Instructions from one check of the limits to the next', {
    coerce: count('check-every'),
    default: '1000',
  }),
  'openvm-version': valued('Cut as this release of OpenVM', {
    choices: ['1.4.0', '1.4.2', '1.4.3'],
    default: '1.4.0',
  }),
};

const GPU_ADAPTER = valued('The GPU whose name has NAME in it; swiftshader computes on the processor');

export const TRACE_OPTIONS: Readonly<Record<string, Options>> = {
  output: valued('Write files of chunks, shards or segments and index.json to DIR', { alias: 'o', conflicts: 'check' }),
  check: valued('Check and replay the trace in DIR', { conflicts: 'output' }),
  'chunk-entries': valued('End a chunk after N memory entries', {
    coerce: count('chunk-entries'),
    default: '16777216',
  }),
  'chunk-layout': valued('Header of the chunk files', { choices: ['6.0', '6.4'], default: '6.4' }),
  until: valued('What to produce; openvm has segments, records and traces', {
    choices: ['chunks', 'shards', 'segments', 'records', 'traces'],
    default: 'chunks',
  }),
  ...SHARD_OPTIONS,
  ...SEGMENT_CUTS,
  plan: valued('Cut shards where a plan says, a FILE of jit-exec plan'),
  'only-shard': valued('Only the shard or segment with this index (traces)', {
    alias: 'only-segment',
    coerce: count('only-shard'),
  }),
  'digests-only': { describe: 'No files of columns, only the index (traces)', type: 'boolean' },
  workers: valued("Threads besides the guest's", { coerce: count('workers') }),
  ram: valued('BYTES of memory for the whole run (75 % of what is free): decides shards in flight', {
    coerce: byteCount('ram'),
  }),
  gpu: valued('Fill columns on a GPU (traces): where it pays, all that it can, or none', {
    choices: ['auto', 'on', 'off'],
    default: 'auto',
  }),
  'gpu-adapter': GPU_ADAPTER,
  'gpu-profile': valued('What the GPU did, as a Chrome trace in FILE (traces)'),
  verify: { describe: 'Check the shards or segments that were made (traces)', type: 'boolean' },
  ...TRACED_RUN,
};

export const COST_OPTIONS: Readonly<Record<string, Options>> = {
  'chunk-entries': TRACE_OPTIONS['chunk-entries']!,
  ...SHARD_OPTIONS,
  ...SEGMENT_CUTS,
  ...MACHINE_OPTION,
  engine: RUN_OPTIONS.engine!,
  ...INPUT_OPTIONS,
  'max-cycles': LIMIT_OPTIONS['max-cycles']!,
  'max-memory': LIMIT_OPTIONS['max-memory']!,
  'sp1-version': RUN_OPTIONS['sp1-version']!,
  ...JSON_OPTION,
  quiet: RUN_OPTIONS.quiet!,
};

export const BENCH_OPTIONS: Readonly<Record<string, Options>> = {
  ...MACHINE_OPTION,
  ...INPUT_OPTIONS,
  'max-cycles': LIMIT_OPTIONS['max-cycles']!,
  rounds: valued('Rounds, each running every engine once; at least 3', { coerce: count('rounds'), default: '5' }),
  ...JSON_OPTION,
};

export const DISASM_OPTIONS: Readonly<Record<string, Options>> = {
  ...MACHINE_OPTION,
  function: valued('Only this function', { conflicts: ['from', 'to'] }),
  from: valued('First address', { coerce: count('from') }),
  to: valued('Address after the last', { coerce: count('to') }),
};

export const INFO_OPTIONS: Readonly<Record<string, Options>> = {
  ...MACHINE_OPTION,
  gpu: { describe: 'Describe the GPU that would be used, no program', type: 'boolean' },
  'gpu-adapter': GPU_ADAPTER,
  chips: { describe: "Describe the chips of SP1's machine, no program", type: 'boolean' },
  ...JSON_OPTION,
};

const VERIFY_OPTIONS: Readonly<Record<string, Options>> = {
  key: valued('Verifying key as JSON; without it that of the RV32IM machine of OpenVM 1.4.0'),
  each: { describe: 'Each proof by itself, not as the segments of one run', type: 'boolean' },
  'exe-commit': valued('What the program must commit to, 64 hexadecimal digits'),
  queries: valued('Queries of FRI', { coerce: count('queries'), default: '100' }),
  'pow-bits': valued('Bits of grinding before the queries', { coerce: count('pow-bits'), default: '16' }),
  'log-up-pow-bits': valued('Bits of grinding before the bus challenges', {
    coerce: count('log-up-pow-bits'),
    default: '16',
  }),
  'log-blowup': valued('log2 of the blow-up of traces', { coerce: count('log-blowup'), default: '1' }),
  ...JSON_OPTION,
  quiet: RUN_OPTIONS.quiet!,
};

/** A part below a half, such as 0.05. */
function epsilon(given: unknown): number {
  const value = Number(single('epsilon', given));
  if (value >= 0 && value < 0.5) return value;
  throw usage(`--epsilon: expected a number from 0 to below 0.5, got ${given}`);
}

/** Of a program whose run is cut into segments. */
const SEGMENT_OPTIONS: Readonly<Record<string, Options>> = {
  ...SEGMENT_CUTS,
  ...MACHINE_OPTION,
  ...INPUT_OPTIONS,
  ...LIMIT_OPTIONS,
};

const PROVE_OPTIONS: Readonly<Record<string, Options>> = {
  output: valued('Write proofs and index.json to DIR; what is there and holds is kept', { alias: 'o' }),
  workers: valued('Threads that compute (one per processor)', { coerce: count('workers') }),
  ram: valued('BYTES of memory for the whole run (75 % of what is free)', { coerce: byteCount('ram') }),
  // No hardware has been seen to gain by it.
  gpu: valued('Transforms, hashes and quotients on a GPU: where it may pay, all that it can, or none (off)', {
    choices: ['auto', 'on', 'off'],
  }),
  'gpu-adapter': GPU_ADAPTER,
  'gpu-profile': valued('What the GPU did, as a Chrome trace in FILE'),
  ...SEGMENT_OPTIONS,
  'public-values': RUN_OPTIONS['public-values']!,
  ...JSON_OPTION,
  quiet: RUN_OPTIONS.quiet!,
};

const SLICE_OPTIONS: Readonly<Record<string, Options>> = {
  slice: valued('Instructions of a slice of a profile', { coerce: count('slice'), default: '262144' }),
  'chunk-entries': TRACE_OPTIONS['chunk-entries']!,
  'sp1-version': RUN_OPTIONS['sp1-version']!,
  'element-threshold': SHARD_OPTIONS['element-threshold']!,
  'height-threshold': SHARD_OPTIONS['height-threshold']!,
};

const PROFILE_OPTIONS: Readonly<Record<string, Options>> = {
  output: valued('Write the profile to FILE', { alias: 'o' }),
  ...SLICE_OPTIONS,
  ...MACHINE_OPTION,
  ...INPUT_OPTIONS,
  ...LIMIT_OPTIONS,
  ...JSON_OPTION,
  quiet: RUN_OPTIONS.quiet!,
};

const WORK_OPTIONS: Readonly<Record<string, Options>> = {
  store: valued('Keep artefacts in DIR, and use those that are there'),
  execute: { describe: 'Run, and make no artefacts', type: 'boolean' },
  'only-shard': valued('Only the core shard with this index', { coerce: count('only-shard') }),
  'require-closed': { describe: 'End with 65 unless the memory of the run is closed', type: 'boolean' },
  hash: valued('Hash of the roots of sets', { choices: ['sha256', 'blake3'], default: 'sha256' }),
  'agg-arity': valued('Most children of a fold', { coerce: count('agg-arity'), default: '16' }),
  workers: valued('Threads that make shards (one per processor)', { coerce: count('workers') }),
  ram: valued('BYTES of memory for the whole run (75 % of what is free): decides shards in flight', {
    coerce: byteCount('ram'),
  }),
  queue: valued('Have the jobs done by workers at this Redis, redis://HOST:PORT'),
  'element-threshold': SHARD_OPTIONS['element-threshold']!,
  'height-threshold': SHARD_OPTIONS['height-threshold']!,
  'chunk-entries': TRACE_OPTIONS['chunk-entries']!,
  'sp1-version': RUN_OPTIONS['sp1-version']!,
  ...INPUT_OPTIONS,
  ...LIMIT_OPTIONS,
  ...JSON_OPTION,
  quiet: RUN_OPTIONS.quiet!,
};

const WORKER_OPTIONS: Readonly<Record<string, Options>> = {
  queue: valued('Redis with the jobs, redis://HOST:PORT', { demandOption: true }),
  store: valued('The DIR that work was given, here', { demandOption: true }),
  workers: WORK_OPTIONS.workers!,
  ram: valued('BYTES of memory for this worker (75 % of what is free): decides shards in flight', {
    coerce: byteCount('ram'),
  }),
  'stalled-after': valued('Seconds after which a worker that is not heard of loses its jobs', {
    coerce: count('stalled-after'),
    default: '30',
  }),
  drain: { describe: 'End when there are no jobs', type: 'boolean' },
  quiet: RUN_OPTIONS.quiet!,
};

/** Of a run of SP1. */
const RUN_PLAN_OPTIONS: Readonly<Record<string, Options>> = {
  'shard-cycles': valued('Most instructions of a shard', { coerce: count('shard-cycles') }),
  'shard-area': valued('Most cells of a shard', { coerce: count('shard-area') }),
  'gpu-memory': valued('GPU memory that a shard must fit in, in BYTES', { coerce: byteCount('gpu-memory') }),
  calibrate: {
    describe: 'Measure what shards of the run take here, and write a calibration (-o FILE)',
    type: 'boolean',
  },
  calibration: valued('How memory and time follow from cells, a JSON FILE'),
  prover: valued("Shards of another prover's, by its table of costs (--cap in its unit, or --shards)", {
    choices: ['openvm', 'risc0', 'zisk'],
  }),
  picture: valued('Draw the plan to FILE, .svg or .html'),
  ...SHARD_OPTIONS,
  ...SLICE_OPTIONS,
};

export const PLAN_OPTIONS: Readonly<Record<string, Options>> = {
  output: valued('Write the plan to FILE (of a batch, .ixes for a manifest)', { alias: 'o' }),
  shards: valued('Exactly N shards', { coerce: count('shards') }),
  ram: valued("Memory to plan for, in BYTES; this machine's unless there is another budget", {
    coerce: byteCount('ram'),
  }),
  cap: valued("Most that a shard of a batch may cost, in its model's unit", { coerce: count('cap') }),
  partition: valued('How a batch is cut to a cap', { choices: ['pack', 'growth', 'smallest'], default: 'pack' }),
  epsilon: valued('How far from its half a cut of a batch may be', { coerce: epsilon, default: '0.05' }),
  model: valued('Cost model of a batch; C for profiles with counters', { choices: ['A', 'B', 'C'] }),
  'agg-arity': valued('Most children of a fold', { coerce: count('agg-arity'), default: '16' }),
  fold: valued('Fewest folds, or those that ix makes', { choices: ['optimal', 'upstream'], default: 'optimal' }),
  workers: valued('Workers that time is estimated for', { coerce: count('workers') }),
  ...RUN_PLAN_OPTIONS,
  ...SEGMENT_OPTIONS,
  ...JSON_OPTION,
  quiet: RUN_OPTIONS.quiet!,
};

export const BATCH_OPTIONS: Readonly<Record<string, Options>> = {
  program: valued('The program of lines that name none'),
  workers: valued('Threads that run, 1 to 16', { coerce: count('workers') }),
  ...MACHINE_OPTION,
  engine: RUN_OPTIONS.engine!,
  ...LIMIT_OPTIONS,
  'sp1-version': RUN_OPTIONS['sp1-version']!,
  lenient: RUN_OPTIONS.lenient!,
  report: RUN_OPTIONS.report!,
  quiet: RUN_OPTIONS.quiet!,
};

export const DIFF_OPTIONS: Readonly<Record<string, Options>> = {
  threshold: valued('End with 1 where a total grew by more than PERCENT, or a run ends differently'),
  markdown: { describe: 'Tables for a pull request', type: 'boolean', conflicts: 'json' },
  all: { describe: 'Every change; 20 of a group unless given', type: 'boolean' },
  ...JSON_OPTION,
};

/** The options of each command. */
export const COMMAND_OPTIONS: Readonly<Record<string, Readonly<Record<string, Options>>>> = {
  run: RUN_OPTIONS,
  trace: TRACE_OPTIONS,
  cost: COST_OPTIONS,
  bench: BENCH_OPTIONS,
  disasm: DISASM_OPTIONS,
  info: INFO_OPTIONS,
  prove: PROVE_OPTIONS,
  verify: VERIFY_OPTIONS,
  profile: PROFILE_OPTIONS,
  work: WORK_OPTIONS,
  worker: WORKER_OPTIONS,
  store: { ...JSON_OPTION },
  plan: PLAN_OPTIONS,
  batch: BATCH_OPTIONS,
  diff: DIFF_OPTIONS,
  completion: {},
};

/** Whether an option may be given several times. */
export const mayRepeat = (name: string): boolean => name in INPUT_OPTIONS;

/** Refuses an option that was given twice although it takes one value. */
export function checkSingle(args: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(args)) {
    if (
      Array.isArray(value) &&
      !mayRepeat(name) &&
      name !== 'proofs' &&
      name !== 'files' &&
      name.length > 1 &&
      name !== '--' &&
      !/[A-Z]/.test(name)
    ) {
      single(name, value);
    }
  }
}
