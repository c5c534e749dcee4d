// A preflight run leaves what OpenVM 1.4.0's leaves: access records byte for byte, touched memory, rows, clocks.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exit } from '../../../runtime/exit.ts';
import { AddressMap } from '../../../runtime/openvm/address-map.ts';
import { rv32Spaces } from '../../../runtime/openvm/address-spaces.ts';
import { DenseRecordArena } from '../../../runtime/openvm/arena.ts';
import { finalize, type TouchedBlock } from '../../../runtime/openvm/equipartition.ts';
import { ACCESSED } from '../../../runtime/openvm/preflight-layout.ts';
import { readRecord } from '../../../runtime/openvm/record-layout.ts';
import { HINT_WORD, NO_POINTER, RECORDS, type RecordedAir } from '../../../runtime/openvm/records.ts';
import { TracingMemory } from '../../../runtime/openvm/tracing-memory.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { AIRS } from '../../../src/machine/openvm/airs.ts';
import { Preflight, type RecordedSegment } from '../../../src/machine/openvm/preflight/preflight.ts';
import { RecordedMemory } from '../../../src/machine/openvm/preflight/recorded-memory.ts';
import { initialState, publicValuesOf, type VmState } from '../../../src/machine/openvm/preflight/state.ts';
import { sampled } from '../../depth.ts';
import { ERROR_PROGRAMS, elfOf, TINY, type TinyProgram } from './programs.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const hexBytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
/** More than any of these programs takes. */
const PLENTY = AIRS.map(() => 20_000);

/** As many rows as 700 instructions take. */
const ENOUGH = AIRS.map(() => 700);

interface Run {
  readonly preflight: Preflight;
  readonly state: VmState;
}

function start(elf: Uint8Array, inputs: readonly Uint8Array[], keyValues = [], hot?: number): Run {
  const { program } = loadGuest(elf, 'program', 'openvm');
  const state = initialState(program, { inputs, keyValues, stdout: () => undefined });
  return { preflight: new Preflight(program, hot), state };
}

const startTiny = ({ elf_base64, input }: TinyProgram): Run =>
  start(
    new Uint8Array(Buffer.from(elf_base64, 'base64')),
    input.map(({ hex }) => hexBytes(hex)),
  );

function segmentOf(result: RecordedSegment | Exit): RecordedSegment {
  if ('kind' in result)
    throw new Error(JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? `${value}` : value)));
  return result;
}

function touchedBytes(blocks: readonly TouchedBlock[]): Uint8Array {
  const words = blocks.flatMap(({ space, pointer, timestamp, values }) => [space, pointer, timestamp, ...values]);
  return new Uint8Array(Uint32Array.from(words).buffer);
}

const isRecorded = (name: string): name is RecordedAir => name in RECORDS;

/** Rows of an AIR: of hints one for each word. */
function rowsOf({ arenas }: RecordedSegment, air: RecordedAir): number {
  const bytes = arenas.records(air);
  if (air !== 'HintStore') return bytes.length / RECORDS[air].bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let rows = 0;
  for (let at = 0; at < bytes.length; ) {
    const { num_words } = readRecord(RECORDS.HintStore, view, at) as { num_words: number };
    rows += num_words;
    at += RECORDS.HintStore.bytes + num_words * HINT_WORD.bytes;
  }
  return rows;
}

describe.each(Object.entries(TINY))('%s', (_name, program) => {
  it.each(Object.entries(program.traces))('in the segments of %s', (key, { segments }) => {
    const { preflight, state } = startTiny(program);
    for (const [i, expected] of segments.entries()) {
      const found = segmentOf(preflight.run(state, expected.num_insns, program.metered[key]![i]!.heights));
      const { arenas, touched } = found;
      expect({
        from_pc: found.fromPc,
        to_pc: found.toPc,
        final_timestamp: found.finalTimestamp,
        exit_code: found.exitCode ?? null,
        num_insns: found.instructions,
        adapter_record_bytes: arenas.accesses.used,
        adapter_records_sha256: sha256(arenas.accesses.allocated),
        touched_count: touched.length,
        touched_sha256: sha256(touchedBytes(touched)),
      }).toEqual(
        Object.fromEntries(
          Object.entries(expected).filter(
            ([name]) => !/^(airs|touched|debug_check|instret_start|main_|proof_)$/.test(name),
          ),
        ),
      );
      for (const { name, nonzero_rows } of expected.airs) {
        if (name === 'Program') expect(found.frequencies.filter(n => n > 0).length).toBe(nonzero_rows);
        if (isRecorded(name)) expect([name, rowsOf(found, name)]).toEqual([name, nonzero_rows]);
      }
    }
    expectEnd(state, program);
  });

  it('in any segments ends as pure mode does', () => {
    fc.assert(
      // Single instructions too, but not a run of nothing else.
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 6 }), given => {
        const lengths = [...given, 700];
        const { preflight, state } = startTiny(program);
        let exitCode: number | undefined;
        for (let i = 0; exitCode === undefined; i++) {
          const found = segmentOf(preflight.run(state, lengths[i % lengths.length]!, ENOUGH));
          exitCode = found.exitCode;
          expect(found.frequencies.reduce((sum, n) => sum + n, 0)).toBe(found.instructions);
          // One split at the first touch of a chunk and one merge at the end, of 40 bytes each.
          expect(found.arenas.accesses.used).toBe(80 * found.touched.length);
        }
        expect(exitCode).toBe(program.pure.exit_code);
        expectEnd(state, program);
      }),
      { numRuns: 3 },
    );
  });
});

function expectEnd(state: VmState, { pure }: TinyProgram): void {
  const registers = new Uint32Array(state.memory.read(1, 0, 128).buffer);
  expect([...registers]).toEqual(pure.registers);
  expect({ pc: state.pc, instructions: state.instructions }).toEqual({ pc: pure.final_pc, instructions: pure.instret });
  expect(Buffer.from(publicValuesOf(state)).toString('hex')).toBe(pure.user_public_values);
  const { hintLeft, inputsLeft } = state.host.streams;
  expect([hintLeft, inputsLeft]).toEqual([pure.hint_stream_left, pure.input_stream_left]);
}

describe('a program that ends oddly', () => {
  /** What upstream's preflight does and no proof can be of. */
  const refused: Readonly<Record<string, string>> = {
    'jalr-plus2': 'unsupported',
    'jump-below-base': 'Unreachable',
    'hintbuffer-0': 'Fail',
    'lw-misaligned': 'load-misaligned',
    'sw-misaligned': 'store-misaligned',
    'lh-misaligned': 'load-misaligned',
    'sh-misaligned': 'store-misaligned',
  };
  const programs = Object.entries(ERROR_PROGRAMS).filter(([, { preflight }]) => preflight !== undefined);

  it.each(programs)('%s', (name, { words, preflight: expected }) => {
    const { preflight, state } = start(elfOf(words), name === 'hintinput-no-input' ? [] : [Uint8Array.of(1, 2, 3)]);
    const found = preflight.run(state, 1000, PLENTY);
    const { error, panic, ...end } = expected!;
    if (refused[name] !== undefined || error !== undefined || panic !== undefined) {
      expect('kind' in found).toBe(true);
      const exit = found as Exit;
      const what = exit.kind === 'fault' ? exit.cause : exit.kind;
      if (refused[name] !== undefined) expect(what).toBe(refused[name]);
      else if (error !== undefined) expect(error.startsWith(what)).toBe(true);
      else expect(['MemoryOutOfBounds', 'PcOutOfBounds']).toContain(what);
      return;
    }
    const { exitCode, instructions, toPc, finalTimestamp } = segmentOf(found);
    expect({ exit_code: exitCode, instret: instructions, pc: toPc, timestamp: finalTimestamp }).toEqual(end);
  });
});

describe('flat memory', () => {
  /** A space from 1, a word of it, and a value to write or nothing. */
  const access = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 31 }), fc.option(fc.integer()));

  it('leaves what online memory leaves of accesses of words', () => {
    const flat = new RecordedMemory();
    fc.assert(
      fc.property(fc.array(fc.array(access, { maxLength: 60 }), { minLength: 1, maxLength: 3 }), segments => {
        const [source, data] = [new AddressMap(rv32Spaces()), new AddressMap(rv32Spaces())];
        for (const accesses of segments) {
          const [own, records] = ['flat', 'online'].map(name => new DenseRecordArena(name, 10_000)) as [
            DenseRecordArena,
            DenseRecordArena,
          ];
          const online = new TracingMemory(data, 8, records);
          flat.begin(source, own);
          for (const [space, index, value] of accesses) {
            // Public values have 32 bytes; words of memory are far apart.
            const pointer = space === 2 ? 4 * index * index * 977 : 4 * (space === 3 ? index % 8 : index);
            const time = online.timestamp;
            const before = online.access4(space, pointer);
            if (space === 1) expect(flat.touchOf(pointer / 4, time)).toBe(before);
            else expect(flat[space === 2 ? 'touch' : 'touchPublic'](pointer, time | ACCESSED)).toBe(before);
            if (value === null) continue;
            data.memories[space]!.setWord(pointer, value);
            if (space === 1) flat.registers[pointer / 2] = value;
            else flat[space === 2 ? 'setWord' : 'setWordPublic'](pointer, value);
          }
          const touched = finalize(online);
          expect(flat.finish(source)).toEqual(touched);
          expect(own.allocated).toEqual(records.allocated);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('code that is hot', () => {
  const guest = (name: string): Uint8Array =>
    readFileSync(new URL(`../../../bench/openvm-guests/bin/${name}.openvm.elf`, import.meta.url));

  /** Digests of all that is recorded of a run's first instructions, in segments of such lengths. */
  function recorded(elf: Uint8Array, hot: number, lengths: readonly number[]): string[] {
    const { state, preflight } = start(elf, [Uint8Array.of(0x31)], [], hot);
    return lengths.flatMap(length => {
      const found = segmentOf(
        preflight.run(
          state,
          length,
          AIRS.map(() => length),
        ),
      );
      const { arenas, touched, frequencies, finalTimestamp, toPc } = found;
      const airs = (Object.keys(RECORDS) as RecordedAir[]).map(
        air => `${air} ${sha256(fieldBytes(air, arenas.records(air)))}`,
      );
      const rest = [frequencies, Int32Array.of(finalTimestamp, toPc)].map(({ buffer }) =>
        sha256(new Uint8Array(buffer)),
      );
      return [...airs, sha256(arenas.accesses.allocated), sha256(touchedBytes(touched)), ...rest];
    });
  }

  // Loads of all widths and calls; unrolled rounds; multiplications; a deep recursion and branches.
  it.each(sampled(['sha256', 'keccak', 'mont', 'qsort'], 3))(
    '%s records what is recorded where nothing is compiled',
    name => {
      const lengths = [1, 12_000, 15_333, 7];
      expect(recorded(guest(name), 2, lengths)).toEqual(recorded(guest(name), Number.POSITIVE_INFINITY, lengths));
    },
  );

  it('leaves records with who asked for them when the next segment comes', () => {
    const { state, preflight } = start(guest('mont'), [Uint8Array.of(0x31)]);
    const [first, second] = [2000, 2000].map(length => segmentOf(preflight.run(state, length, PLENTY)));
    const own = start(guest('mont'), [Uint8Array.of(0x31)]);
    const again = segmentOf(own.preflight.run(own.state, 2000, PLENTY));
    expect(sha256(first!.arenas.records('BaseAlu'))).toBe(sha256(again.arenas.records('BaseAlu')));
    expect(sha256(second!.arenas.records('BaseAlu'))).not.toBe(sha256(again.arenas.records('BaseAlu')));
  });

  it('goes on from a state that another interpreter, or nobody, has run', () => {
    const { state, preflight } = start(guest('mont'), [Uint8Array.of(0x31)]);
    const { preflight: other } = start(guest('mont'), [Uint8Array.of(0x31)]);
    const turns = [preflight, other, preflight, preflight, other];
    const found = turns.map(one => segmentOf(one.run(state, 700, PLENTY)));
    const own = start(guest('mont'), [Uint8Array.of(0x31)]);
    const expected = turns.map(() => segmentOf(own.preflight.run(own.state, 700, PLENTY)));
    expect(found.map(({ touched }) => sha256(touchedBytes(touched)))).toEqual(
      expected.map(({ touched }) => sha256(touchedBytes(touched))),
    );
    state.memory.memories[2]!.setWord(0x1000_0000, 7);
    preflight.run(state, 10, PLENTY);
    expect(state.memory.memories[2]!.word(0x1000_0000)).toBe(7);
  });

  it('stops at what cannot be recorded, and where it is told to, after the same instructions', () => {
    // lui x2, 0x201; then addi x1, x1, 4; add x2, x2, x1; lw x3, 0(x2), until that is beyond memory.
    const loop = [0x0020_1137, 0x0040_8093, 0x0011_0133, 0x0001_2183, 0xff5f_f06f];
    const ends = [2, Number.POSITIVE_INFINITY].map(hot => {
      const { state, preflight } = start(elfOf([...loop, 0x0b]), [], [], hot);
      const exit = preflight.run(
        state,
        1_000_000,
        AIRS.map(() => 1_000_000),
      );
      if (!('kind' in exit)) throw new Error('it does not end');
      return [exit, state.instructions];
    });
    expect(ends[0]).toEqual(ends[1]);
    expect(ends[0]![0]).toMatchObject({ kind: 'fault', cause: 'MemoryOutOfBounds', pc: 0x20_080cn });
    const { state, preflight } = start(guest('qsort'), [Uint8Array.of(0x31)], [], 2);
    let looks = 0;
    const most = 2_500_000;
    const stopped = preflight.run(
      state,
      most,
      AIRS.map(() => most),
      { isStopped: () => ++looks > 1 },
    );
    expect('kind' in stopped && stopped.kind).toBe('interrupted');
  });
});

/** Records without the bytes between fields, which mean nothing. */
function fieldBytes(air: RecordedAir, bytes: Uint8Array): Uint8Array {
  if (air === 'HintStore') return bytes;
  const { bytes: size, fields } = RECORDS[air];
  const isField = new Uint8Array(size);
  for (const { offset, stride, count } of fields.values()) isField.fill(1, offset, offset + stride * count);
  return bytes.filter((_, i) => isField[i % size] === 1);
}

describe('records', () => {
  // addi x1, x0, -5; lui x2, 0x201; sb x1, 1(x2); lh x3, 0(x2); jal x0, +4; terminate
  const text = [0xffb0_0093, 0x0020_1137, 0x0011_00a3, 0x0001_1183, 0x0040_006f, 0x0b];
  const segment = segmentOf((({ preflight, state }) => preflight.run(state, 100, PLENTY))(start(elfOf(text), [])));
  const record = (air: RecordedAir): ReturnType<typeof readRecord> => {
    const bytes = segment.arenas.records(air);
    return readRecord(RECORDS[air], new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
  };

  it('have the fields of upstream’s structs', () => {
    expect(record('BaseAlu')).toEqual({
      ...{ from_pc: 0x20_0800, from_timestamp: 1, rd_ptr: 4, rs1_ptr: 0, rs2: 0xff_fffb, rs2_as: 0 },
      ...{ rs1_prev_timestamp: 0, rs2_prev_timestamp: 0, rd_prev_timestamp: 0, rd_prev_data: 0 },
      ...{ b: 0, c: 0xffff_fffb, local_opcode: 0 },
    });
    // Bytes ff fe fd fc are at 0x201000.
    expect(record('LoadStore')).toEqual({
      ...{ from_pc: 0x20_0808, from_timestamp: 5, rs1_ptr: 8, rs1_val: 0x20_1000, rs1_prev_timestamp: 4 },
      ...{ rd_rs2_ptr: 4, read_prev_timestamp: 3, imm: 1, imm_sign: 0, mem_as: 2, write_prev_timestamp: 0 },
      ...{ local_opcode: 5, shift_amount: 1, read_data: [0xfb, 0xff, 0xff, 0xff], prev_data: [0xff, 0xfe, 0xfd, 0xfc] },
    });
    expect(record('LoadSignExtend')).toEqual({
      ...{ from_pc: 0x20_080c, from_timestamp: 8, rs1_ptr: 8, rs1_val: 0x20_1000, rs1_prev_timestamp: 5 },
      ...{ rd_rs2_ptr: 12, read_prev_timestamp: 7, imm: 0, imm_sign: 0, mem_as: 2, write_prev_timestamp: 0 },
      ...{ is_byte: 0, shift_amount: 0, read_data: [0xff, 0xfb, 0xfd, 0xfc], prev_data: [0, 0, 0, 0] },
    });
    const jal = segment.arenas.records('JalLui').subarray(RECORDS.JalLui.bytes);
    expect(readRecord(RECORDS.JalLui, new DataView(jal.buffer, jal.byteOffset, jal.length), 0)).toMatchObject({
      ...{ from_pc: 0x20_0810, from_timestamp: 11, rd_ptr: NO_POINTER, imm: 4, rd_data: 0x20_0814, is_jal: 1 },
    });
  });

  it('that do not fit are refused by the name of their AIR', () => {
    const { preflight, state } = start(elfOf(text), []);
    const heights = PLENTY.map((rows, id) => (AIRS[id]!.name === 'LoadSignExtend' ? 0 : rows));
    expect(() => preflight.run(state, 100, heights)).toThrow(
      'TraceBufferOutOfBounds: the arena of LoadSignExtend has 0 bytes, more are needed',
    );
  });
});
