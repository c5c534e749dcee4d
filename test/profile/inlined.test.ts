// Profiles of programs whose debug information tells of inlined functions: what LLVM says is the innermost function at each
// instruction, times the interpreter's own count of it.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadGuest } from '../../src/machine/guest.ts';
import { type CallTree, functionTotals } from '../../src/profile/call-tree.ts';
import { firefoxProfile } from '../../src/profile/formats/firefox.ts';
import { foldedStacks } from '../../src/profile/formats/folded.ts';
import { pprofProfile } from '../../src/profile/formats/pprof.ts';
import { type Engine, execute } from '../../src/verbs/execute.ts';
import { countedBySlot, countedLoads } from './counted.ts';

const folder = new URL('../vectors/inlines/', import.meta.url);
const read = (name: string): Uint8Array => readFileSync(new URL(name, folder));
const expected = JSON.parse(new TextDecoder().decode(read('expected.json'))) as Readonly<
  Record<string, readonly (readonly [address: number, frames: string])[]>
>;
const KINDS = ['gcc4', 'gcc5', 'rust4', 'rust5'];

/** What LLVM calls the innermost function, or with `how` 'all' each of them, of every instruction that was done. */
function toldCounts(kind: string, counts: Float64Array): Map<string, number> {
  const { program } = loadGuest(read(`${kind}.elf`), kind, 'auto');
  const shift = program.isa.compressed ? 1 : 2;
  const sums = new Map<string, number>();
  counts.forEach((n, slot) => {
    const told = expected[`${kind} llvm`]!.findLast(([address]) => address <= program.textBase + (slot << shift));
    const name = told![1].replace(/ \S+:\S+( <.*)?$/, '');
    if (n > 0) sums.set(name, (sums.get(name) ?? 0) + n);
  });
  return sums;
}

const selfOf = (tree: CallTree): Map<string, number> =>
  new Map(functionTotals(tree).flatMap(({ name, self }) => (self > 0 ? [[name, self] as const] : [])));

describe('inlined functions in a profile', () => {
  it.each(KINDS)('of %s have what the interpreter counts where LLVM says that they are', kind => {
    const guest = loadGuest(read(`${kind}.elf`), kind, 'auto');
    const instructions = toldCounts(kind, countedBySlot(guest, {}));
    const loads = toldCounts(kind, countedLoads(guest, {}));
    for (const engine of ['interpreter', 'js', 'wasm'] as const satisfies readonly Engine[]) {
      const options = { engine, hot: 20 } as const;
      expect(selfOf(execute(read(`${kind}.elf`), { ...options, profile: 'instructions' }).callTree!)).toEqual(
        instructions,
      );
      expect(selfOf(execute(read(`${kind}.elf`), { ...options, profile: 'reads' }).callTree!)).toEqual(loads);
      expect(selfOf(execute(read(`${kind}.elf`), { ...options, report: true }).callTree!)).toEqual(instructions);
    }
  });

  it('are in the stacks that called them, and call what they call', () => {
    const stacks = foldedStacks(execute(read('gcc4.elf'), { profile: 'instructions' }).callTree!);
    // Functions that were called in one way are divided exactly.
    expect(stacks).toContain('_start;main;first 10\n');
    expect(stacks).toContain('_start;main;first;mix_[i] 6\n');
    expect(stacks).toContain('_start;main;second;round_[i];mix_[i] 18\n');
    // `outside` is called from `step` and from `store`, which is in it; six instructions each time.
    expect(stacks).toContain('_start;main;work;step_[i];outside 5406\n');
    expect(stacks).not.toMatch(/work;outside/);
  });

  it('are frames of their own in files', () => {
    const { callTree, instructions } = execute(read('rust5.elf'), { profile: 'instructions' });
    const { threads } = JSON.parse(firefoxProfile(callTree!, 'x'));
    expect(new Set(threads[0].frameTable.inlineDepth)).toEqual(new Set([0, 1, 2]));
    expect(threads[0].samples.weight.reduce((a: number, b: number) => a + b, 0)).toBe(instructions);
    expect(callTree!.nodes.filter(({ inlined }) => inlined === true).map(({ source }) => source?.line)).toEqual([
      48, 42,
    ]);
  });

  it('pprof: a location has a line for each, the innermost first', () => {
    const node = (parent: number, name: string, self: number, inlined?: true): CallTree['nodes'][number] => ({
      parent,
      name,
      address: `0x${name.length.toString(16)}0`,
      self,
      calls: 1,
      ...(inlined === undefined ? {} : { inlined }),
    });
    const nodes = [node(-1, 'main', 3), node(0, 'in', 5, true), node(1, 'inner', 7, true), node(2, 'leaves', 9)];
    // Decoded by `go tool pprof -traces` of Go 1.26 to: 3 main; 5 in (inline) main; 7 inner (inline) in (inline) main; 9 leaves …
    expect(Buffer.from(pprofProfile({ weight: 'instructions', nodes })).toString('hex')).toMatchInlineSnapshot(
      `"0a040801100212060a010112010312060a010212010512060a010312010712070a02040312010970013200320c696e737472756374696f6e733205636f756e7432046d61696e3202696e3205696e6e657232066c65617665732a06080110031803220808011840220208012a06080210041804220c0802182022020802220208012a060803100518052210080318502202080322020802220208012a0608041006180622080804186022020804"`,
    );
  });
});

describe('a backtrace', () => {
  // gdb-multiarch 13.1 at QEMU 7.2.22: #0 store () at nested.c:23, #1 step () :29, #2 work () :35, #3 main () :47.
  it.each(['gcc4', 'gcc5'])('of %s has inlined functions as gdb has them', kind => {
    const frames = execute(read(`${kind}.elf`)).backtrace!;
    const shown = frames.map(({ symbol, inlined, line }) => [symbol!.replace(/\+.*/, ''), inlined === true, line]);
    expect(shown.slice(0, -1)).toEqual([
      ['store', true, 23],
      ['step', true, 29],
      ['work', false, 35],
      ['main', false, 47],
    ]);
  });

  it.each(['rust4', 'rust5'])('of %s has them as LLVM has them at the place', kind => {
    const [inner, outer] = execute(read(`${kind}.elf`)).backtrace!;
    expect([inner, outer]).toMatchObject([
      { symbol: 'nested::poke', inlined: true, line: 64 },
      { symbol: expect.stringMatching(/^main\+/), line: 86 },
    ]);
  });
});
