// Runs proved by the checker: segments belong together, commit to what upstream commits to, and lies have upstream's names.

import { beforeAll, describe, expect, it } from 'vitest';
import { CheckEngine, type CheckProof, type FixedProgram } from '../../../src/machine/openvm/flow/check-engine.ts';
import type { ProvingContext } from '../../../src/machine/openvm/flow/engine.ts';
import { type ContinuationProofs, VmInstance } from '../../../src/machine/openvm/flow/instance.ts';
import { VirtualMachine } from '../../../src/machine/openvm/flow/virtual-machine.ts';
import { verifyPublicValues } from '../../../src/proof/openvm/public-values.ts';
import { joinSegments } from '../../../src/proof/openvm/segments.ts';
import type { Failure } from '../../../src/tracegen/failures.ts';
import { LIES } from '../../proof/segment-lies.ts';
import { ERROR_PROGRAMS, elfOf, TINY, type TinyProgram } from './programs.ts';

const inputsOf = ({ input }: TinyProgram): Uint8Array[] =>
  input.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));

describe('a run of several segments', () => {
  const tiny = TINY['tiny-ops'];
  const engine = new CheckEngine();
  const bytes = new Uint8Array(Buffer.from(tiny.elf_base64, 'base64'));
  let run: ContinuationProofs<CheckProof>;
  beforeAll(() => {
    const vm = VirtualMachine.newWithKeygen(engine, { limits: { cells: 9_800_000 }, checkEvery: 16 });
    run = new VmInstance(vm, bytes).proveContinuations({ inputs: inputsOf(tiny) });
  }, 60_000);

  const verify = (proofs: readonly CheckProof[]): ReturnType<typeof joinSegments> =>
    joinSegments(proofs, proof => engine.verify(proof));
  /** The walk alone: proofs that hold by themselves. */
  const joined = (proofs: readonly CheckProof[]): string => {
    try {
      joinSegments(proofs, () => undefined);
      return 'accepted';
    } catch (error) {
      return (error as { verdict: string }).verdict;
    }
  };
  const withValues = (proof: CheckProof, air: string, change: (values: readonly number[]) => number[]): CheckProof => ({
    ...proof,
    perAir: proof.perAir.map(one =>
      one.columns.name === air ? { ...one, publicValues: change(one.publicValues) } : one,
    ),
  });

  it('is accepted, and commits to what upstream says', () => {
    expect(run.segments.length).toBeGreaterThan(1);
    const { exeCommit, finalMemoryRoot } = verify(run.segments);
    expect([exeCommit, finalMemoryRoot]).toEqual([tiny.commitments.exe_commit, tiny.pure.final_memory_root]);
    expect(run.segments[0]!.mainCommitments).toEqual([tiny.commitments.program_commit]);
    verifyPublicValues(run.publicValues, finalMemoryRoot);
    expect(Buffer.from(run.publicValues.publicValues).toString('hex')).toBe(tiny.pure.user_public_values);
  });

  it('has metrics of each segment', () => {
    const upstream = tiny.proved!.two_segments['cells=9800000,check=16']!.segments;
    expect(run.metrics.map(({ instructions }) => instructions)).toEqual(upstream.map(({ num_insns }) => num_insns));
    for (const [i, { airs, rows, mainCells, totalCells }] of run.metrics.entries()) {
      expect(airs.map(air => [air.name, air.rows])).toEqual(upstream[i]!.airs.map(air => [air.name, air.height]));
      expect(rows).toBe(airs.reduce((sum, air) => sum + air.rows, 0));
      expect(totalCells).toBeGreaterThan(mainCells);
    }
  });

  it('is another run after another one, and the same again', () => {
    const vm = new VirtualMachine(engine, engine.keygen());
    const instance = new VmInstance(vm, bytes);
    const heads: string[] = [];
    const roots = [tiny.input, tiny.input.map(() => ({ hex: '0000000000000000000000' })), tiny.input].map(input => {
      const onContext = (context: ProvingContext<FixedProgram>): undefined => {
        heads.push(
          vm
            .debugProvingContext(context)
            .map(({ rule }) => rule)
            .join(),
        );
      };
      const { segments } = instance.proveContinuations({ inputs: inputsOf({ ...tiny, input }) }, { onContext });
      return vm.verify(segments).finalMemoryRoot;
    });
    expect(roots[0]).toEqual(tiny.pure.final_memory_root);
    expect(roots[1]).not.toEqual(roots[0]);
    expect(roots[2]).toEqual(roots[0]);
    expect(heads).toEqual(['', '', '']);
    instance.resetState({ inputs: inputsOf(tiny) });
    expect([instance.state.pc, instance.state.instructions]).toEqual([tiny.exe.pc_start, 0]);
  }, 60_000);

  it('is told where a context does not hold, and where a hook changed it', () => {
    const vm = VirtualMachine.newWithKeygen(engine);
    const instance = new VmInstance(vm, bytes);
    const found: readonly Failure[][] = [];
    const onContext = (context: ProvingContext<FixedProgram>): ProvingContext<FixedProgram> => {
      context.airs.find(({ columns }) => columns.name === 'BaseAlu')!.columns.data[0]! += 4;
      (found as Failure[][]).push([...vm.debugProvingContext(context)]);
      return context;
    };
    const { segments } = instance.proveContinuations({ inputs: inputsOf(tiny) }, { onContext });
    expect(found[0]!.map(({ rule }) => rule).join()).toMatch(/bus (Program|Execution)/);
    expect(() => vm.verify(segments)).toThrow(/OodEvaluationMismatch/);
  }, 60_000);

  it('has system AIRs as high as they are asked to be, which still hold', () => {
    const vm = VirtualMachine.newWithKeygen(engine);
    const instance = new VmInstance(vm, bytes);
    const prove = (): number[] => {
      const heights: number[] = [];
      const onContext = ({ airs }: ProvingContext<FixedProgram>): undefined => {
        for (const name of ['Boundary', 'Merkle', 'Adapter16'])
          heights.push(airs.find(({ columns }) => columns.name === name)?.columns.rows ?? 0);
      };
      const { segments } = instance.proveContinuations({ inputs: inputsOf(tiny) }, { onContext });
      vm.verify(segments);
      return heights;
    };
    vm.overrideSystemTraceHeights({ Boundary: 200, Merkle: 4096, Adapter16: 3 });
    expect(prove()).toEqual([256, 4096, 4]);
    vm.overrideSystemTraceHeights({ Boundary: 2 });
    expect(prove).toThrow(/Overridden height 2 is less than the required height \d+ of Boundary/);
    vm.overrideSystemTraceHeights({});
    expect(prove()[2]).toBe(0);
  }, 60_000);

  it('is not begun where the guest does not end with 0', () => {
    const vm = VirtualMachine.newWithKeygen(engine);
    const proveProgram = (name: string): unknown =>
      new VmInstance(vm, elfOf(ERROR_PROGRAMS[name]!.words)).proveContinuations({ inputs: [Uint8Array.of(1, 2, 3)] });
    expect(() => proveProgram('exit7')).toThrow(/FailedWithExitCode\(7\)/);
    expect(() => proveProgram('hint-empty')).toThrow(/HintOutOfBounds/);
    expect(() => proveProgram('lw-misaligned')).toThrow(/load-misaligned at pc 0x200804 cannot be proved/);
  });

  it.each(LIES)('is refused where %s, by upstream’s name of it', (_what, verdict, lie) => {
    expect(joined(lie(run.segments))).toMatch(verdict);
  });

  it('is accepted without its first segment, as upstream does, with another commitment', () => {
    expect(verify(run.segments.slice(1)).exeCommit).not.toEqual(tiny.commitments.exe_commit);
  });

  it('is refused by the engine where public values are not those of the columns', () => {
    const [first, ...rest] = run.segments as [CheckProof, ...CheckProof[]];
    const lie = withValues(first, 'Connector', ([a, b, c, d]) => [a! + 4, b!, c!, d!]);
    expect(() => verify([lie, ...rest])).toThrow(/in the proof of segment 0|the first pc/);
    expect(() => engine.verify({ ...first, mainCommitments: [rest[0]!.mainCommitments[0]!.map(x => x + 1)] })).toThrow(
      /ProgramCommitmentMismatch/,
    );
  });
});
