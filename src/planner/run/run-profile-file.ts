// The file of a run's profile (.jxprof): its table is docs/profile-format.md.

import { JitExecError } from '../../../runtime/errors.ts';
import { hexOf } from '../../../runtime/hex.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { HASHES } from '../fold/hash.ts';
import type { OtherShard, ProfileChip, ProfiledRun, RunProfile, Slice } from './run-profile.ts';
import type { Touched } from './touches.ts';

const MAGIC = 'JXPROF\0\0';
const VERSION = 3;
const DIGEST = 32;
/** A slice without lists, which is the least that one takes. */
const LEAST_SLICE = 6 * 8 + 1 + 6 * 4 + DIGEST;
const NO_CALL = 0xffffffff;

export function isRunProfile(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length)) === MAGIC;
}

export function writeRunProfile(profile: RunProfile): Uint8Array<ArrayBuffer> {
  const write = new ByteWriter();
  write.latin1(MAGIC);
  write.u32(VERSION);
  write.text(profile.machine);
  write.bytes(profile.program);
  write.text(profile.config);
  write.u64(profile.sliceInstructions);
  write.u64(profile.limits.elements);
  write.u64(profile.limits.height);
  write.u32(profile.chips.length);
  for (const chip of profile.chips) {
    write.text(chip.name);
    write.u32(chip.columns);
    write.u32(chip.perShard);
    write.u32(chip.perWord);
    write.u8(chip.always ? 1 : 0);
  }
  write.u32(profile.opcodes.length);
  for (const name of profile.opcodes) write.text(name);
  write.u32(profile.runs.length);
  for (const run of profile.runs) writeRun(write, run);
  const body = write.all;
  write.bytes(HASHES.sha256(body));
  return write.all;
}

function writeRun(write: ByteWriter, { inputs, exit, instructions, clk, slices, others }: ProfiledRun): void {
  write.u32(inputs.length);
  for (const input of inputs) {
    write.u64(input.bytes);
    write.bytes(input.sha256);
  }
  write.text(exit.kind);
  write.u32(exit.code);
  write.u64(instructions);
  write.u64(clk);
  write.u32(slices.length);
  for (const slice of slices) writeSlice(write, slice);
  write.u32(others.length);
  for (const { kind, code, rows } of others) {
    write.u8(kind === 'memory' ? 1 : 0);
    write.u32(code);
    writeCounts(write, rows);
  }
}

function writeCounts(write: ByteWriter, counts: readonly (readonly [number, number])[]): void {
  write.u32(counts.length);
  for (const [of, count] of counts) {
    write.u32(of);
    write.u32(count);
  }
}

function writeSlice(write: ByteWriter, slice: Slice): void {
  for (const value of [slice.instructions, slice.pcStart, slice.clkStart, slice.clkEnd, slice.entries])
    write.u64(value);
  write.u64(slice.deferredWords);
  write.u8(slice.endsChunk ? 1 : 0);
  write.u32(slice.call ?? NO_CALL);
  writeCounts(write, slice.rows);
  writeCounts(write, slice.opcodes);
  write.u32(slice.touched.length);
  for (const { previous, words } of slice.touched) {
    // 0 is never.
    write.u32(previous + 1);
    write.u32(words);
  }
  write.u32(slice.deferred.length);
  for (const { code, calls, words } of slice.deferred) {
    write.u32(code);
    write.u32(calls);
    write.u32(words);
  }
  write.bytes(slice.tape);
  write.u32(slice.hot.length);
  for (const { pc, samples } of slice.hot) {
    write.u64(pc);
    write.u32(samples);
  }
}

/** @throws PROFILE_INVALID. */
export function readRunProfile(bytes: Uint8Array, name = 'profile'): RunProfile {
  const read = new ByteReader(bytes, 'PROFILE_INVALID', 'profile', name);
  read.magic(MAGIC);
  const version = read.u32('version');
  if (version !== VERSION) throw read.invalid(`version ${VERSION}`, version);
  if (read.left < DIGEST) throw read.invalid(`a digest of ${DIGEST} bytes at the end`, read.left);
  const body = bytes.subarray(0, bytes.length - DIGEST);
  const [own, stated] = [HASHES.sha256(body), bytes.subarray(body.length)].map(digest => hexOf(digest!));
  if (own !== stated) throw read.invalid(`the digest ${own} of what it holds`, stated);
  const inner = new ByteReader(body, 'PROFILE_INVALID', 'profile', name);
  inner.magic(MAGIC);
  inner.u32('version');
  const profile = readBody(inner);
  inner.end();
  return profile;
}

function readBody(read: ByteReader): RunProfile {
  const machine = read.text('machine');
  const program = read.bytes(DIGEST, 'digest of the program');
  const config = read.text('config');
  const sliceInstructions = read.count('instructions of a slice');
  const limits = { elements: read.count('cells of a shard'), height: read.count('rows of a chip') };
  const chips = Array.from({ length: read.length('chips', 17) }, (): ProfileChip => {
    const name = read.text('name of a chip');
    const [columns, perShard, perWord] = ['columns', 'rows of a shard', 'rows of a word'].map(what => read.u32(what));
    return { name, columns: columns!, perShard: perShard!, perWord: perWord!, always: read.flag('flag of a chip') };
  });
  const opcodes = Array.from({ length: read.length('mnemonics', 4) }, () => read.text('mnemonic'));
  const names = { chips: chips.length, opcodes: opcodes.length };
  const runs = Array.from({ length: read.length('runs', 28) }, () => readRun(read, names));
  return { machine, program, config, sliceInstructions, limits, chips, opcodes, runs };
}

/** How many names a profile has that slices refer to. */
interface Names {
  readonly chips: number;
  readonly opcodes: number;
}

function readRun(read: ByteReader, names: Names): ProfiledRun {
  const inputs = Array.from({ length: read.length('inputs', 8 + DIGEST) }, () => ({
    bytes: read.count('bytes of an input'),
    sha256: read.bytes(DIGEST, 'digest of an input'),
  }));
  const exit = { kind: read.text('kind of exit'), code: read.u32('exit code') };
  const instructions = read.count('instructions');
  const clk = read.count('clk');
  const count = read.length('slices', LEAST_SLICE);
  const slices = Array.from({ length: count }, (_, i) => readSlice(read, i, names));
  checkSlices(read, slices, { instructions, clk });
  const others = Array.from({ length: read.length('other shards', 9) }, (): OtherShard => {
    const kind = read.flag('kind of a shard') ? 'memory' : 'precompile';
    return { kind, code: read.u32('code of a shard'), rows: readCounts(read, 'chip', names.chips) };
  });
  return { inputs, exit, instructions, clk, slices, others };
}

/** Slices follow one another and come to the whole run. */
function checkSlices(
  read: ByteReader,
  slices: readonly Slice[],
  { instructions, clk }: Pick<ProfiledRun, 'instructions' | 'clk'>,
): void {
  for (const [i, slice] of slices.entries()) {
    const start = slices[i - 1]?.clkEnd ?? slice.clkStart;
    if (slice.clkStart !== start || slice.clkEnd < slice.clkStart)
      throw read.invalid(`slice ${i} from clk ${start} on`, `${slice.clkStart} to ${slice.clkEnd}`);
  }
  const sum = slices.reduce((all, slice) => all + slice.instructions, 0);
  if (sum !== instructions) throw read.invalid(`slices of ${instructions} instructions`, sum);
  const end = slices.at(-1)?.clkEnd ?? clk;
  if (end !== clk) throw read.invalid(`slices up to clk ${clk}`, end);
}

function readCounts(read: ByteReader, what: string, below: number): (readonly [number, number])[] {
  return Array.from({ length: read.length(`counts of a ${what}`, 8) }, () => {
    const of = read.u32(what);
    if (of >= below) throw read.invalid(`a ${what} below ${below}`, of);
    return [of, read.u32(`count of a ${what}`)] as const;
  });
}

function readSlice(read: ByteReader, index: number, names: Names): Slice {
  const [instructions, pcStart, clkStart, clkEnd, entries, deferredWords] = [
    'instructions',
    'pc',
    'start',
    'end',
    'entries',
    'words of calls',
  ].map(what => read.count(`${what} of slice ${index}`)) as [number, number, number, number, number, number];
  const endsChunk = read.flag('flag of a chunk');
  const call = read.u32('call');
  const rows = readCounts(read, 'chip', names.chips);
  const opcodes = readCounts(read, 'mnemonic', names.opcodes);
  const touched = Array.from({ length: read.length('touches', 8) }, (): Touched => {
    const previous = read.u32('slice of a touch') - 1;
    if (previous >= index) throw read.invalid(`touches of slices before ${index}`, previous);
    return { previous, words: read.u32('touched words') };
  });
  const deferred = Array.from({ length: read.length('calls', 12) }, () => ({
    code: read.u32('code'),
    calls: read.u32('calls'),
    words: read.u32('words'),
  }));
  const tape = read.bytes(DIGEST, 'digest of the tape');
  const hot = Array.from({ length: read.length('pcs', 12) }, () => ({
    pc: read.count('pc'),
    samples: read.u32('samples'),
  }));
  return {
    instructions,
    pcStart,
    clkStart,
    clkEnd,
    entries,
    endsChunk,
    rows,
    opcodes,
    touched,
    deferred,
    deferredWords,
    tape,
    hot,
    call: call === NO_CALL ? undefined : call,
  };
}

/** Runs of one program as one profile, each once. @throws PROFILE_INVALID where they are not of one program, cut and counted alike. */
export function mergeRunProfiles(profiles: readonly RunProfile[]): RunProfile {
  const [first, ...others] = profiles;
  if (first === undefined) throw new JitExecError('USAGE', 'profile merge: which profiles?');
  const keyOf = ({ machine, program, config, sliceInstructions, limits, chips, opcodes }: RunProfile): string =>
    JSON.stringify([machine, hexOf(program), config, sliceInstructions, limits, chips, opcodes]);
  for (const other of others) {
    if (keyOf(other) === keyOf(first)) continue;
    throw new JitExecError(
      'PROFILE_INVALID',
      `profile merge: expected one program with one configuration, got ${hexOf(first.program).slice(0, 16)} (${first.config}) and ${hexOf(other.program).slice(0, 16)} (${other.config})`,
    );
  }
  const runs = new Map<string, ProfiledRun>();
  for (const run of profiles.flatMap(profile => profile.runs)) {
    const inputs = run.inputs.map(({ bytes, sha256 }) => `${bytes} ${hexOf(sha256)}`);
    runs.set([...inputs, run.instructions].join(), run);
  }
  return { ...first, runs: [...runs.values()] };
}
