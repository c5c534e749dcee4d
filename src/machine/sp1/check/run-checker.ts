// What the shards of a run must agree on: where one ends the next begins, and what all tell each other adds up to nothing.
// Reference: sp1:crates/recursion (compress), sp1:crates/hypercube/src/air/public_values.rs, SP1 6.4.0.

import { publicValuesChip } from '../../../../codegen/chips/sp1/public-values.ts';
import type { Elf } from '../../../../codegen/elf/elf.ts';
import { START_POINT } from '../../../../runtime/curves/global-points.ts';
import { type SepticPoint, septicNegate } from '../../../../runtime/curves/septic.ts';
import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import type { FailureList } from '../../../tracegen/failures.ts';
import type { Sp1Version } from '../elf.ts';
import { pointSums } from '../records/memory/point-sums.ts';
import { imageDigest } from './image-digest.ts';

/** Public values of a shard. */
export interface ChainedShard {
  readonly index: number;
  readonly publicValues: readonly number[];
}

const CHIP = publicValuesChip.name;
const DEGREE = 7;
/** pc behind a halt. */
const HALTED = [1, 0, 0];
const START_TIME = [0, 0, 0, 1];

/** Elements of a public value by its name; of words, all. */
export function publicValueOf({ publicValues }: ChainedShard, name: string): readonly number[] {
  const own = publicValuesChip.columns.filter(column => column.name === name || column.name.startsWith(`${name}[`));
  return own.map(({ index }) => publicValues[index]!);
}

/** Values of one shard that the next goes on with. */
const HANDED_ON = [
  ...[
    ['next_pc', 'pc_start'],
    ['last_timestamp', 'initial_timestamp'],
    ['exit_code', 'prev_exit_code'],
    ['commit_syscall', 'prev_commit_syscall'],
    ['commit_deferred_syscall', 'prev_commit_deferred_syscall'],
  ],
  ...[
    ['committed_value_digest', 'prev_committed_value_digest'],
    ['deferred_proofs_digest', 'prev_deferred_proofs_digest'],
  ],
] as const;
const MEMORY = [
  ['last_init_addr', 'previous_init_addr'],
  ['last_finalize_addr', 'previous_finalize_addr'],
] as const;

export interface CheckedProgram {
  readonly elf: Elf;
  readonly entry: number;
  readonly version?: Sp1Version | undefined;
}

/** Takes the shards of a run in order. */
export class RunChecker {
  readonly #program: CheckedProgram;
  readonly #failures: FailureList;
  /** The shard before, and the last one that executed something. */
  #before: ChainedShard | undefined;
  #executed: ChainedShard | undefined;
  #sum: SepticPoint = START_POINT;
  /** Some shard was not there to be checked. */
  #hasGap = false;

  constructor(program: CheckedProgram, failures: FailureList) {
    this.#program = program;
    this.#failures = failures;
  }

  /** The next shard, unless it was left out. */
  add(shard: ChainedShard): void {
    const isNext = shard.index === (this.#before?.index ?? -1) + 1;
    if (!isNext) this.#hasGap = true;
    const isExecution = publicValueOf(shard, 'is_execution_shard')[0] === 1;
    if (isExecution) this.#execution(shard, isNext);
    else this.#other(shard);
    if (isNext) {
      for (const [from, to] of MEMORY) {
        const expected = this.#before === undefined ? [0, 0, 0] : publicValueOf(this.#before, from);
        this.#same(shard, to, expected, 'memory goes on where the shard before ended');
      }
    }
    this.#before = shard;
    if (isExecution) this.#executed = shard;
    this.#tell(publicValueOf(shard, 'global_cumulative_sum'));
  }

  #execution(shard: ChainedShard, isNext: boolean): void {
    if (shard.index === 0) {
      this.#same(shard, 'pc_start', limbs(this.#program.entry), 'the first shard begins at the entry');
      this.#same(shard, 'initial_timestamp', START_TIME, 'the first shard begins at clock 1');
      this.#same(shard, 'is_first_execution_shard', [1], 'the first shard is the first');
      for (const [, to] of HANDED_ON.slice(2))
        this.#same(
          shard,
          to,
          publicValueOf(shard, to).map(() => 0),
          'nothing was before',
        );
      return;
    }
    this.#same(shard, 'is_first_execution_shard', [0], 'only the first shard is the first');
    if (!isNext) return;
    if (this.#before !== this.#executed) {
      this.#fail(shard, 'is_execution_shard', 'execution shards come first', [1]);
      return;
    }
    for (const [from, to] of HANDED_ON)
      this.#same(shard, to, publicValueOf(this.#before!, from), `goes on with ${from} of the shard before`);
  }

  /** Of system calls or of memory. */
  #other(shard: ChainedShard): void {
    const events = ['global_init_count', 'global_finalize_count'].flatMap(name => publicValueOf(shard, name));
    if (events.some(count => count > 0)) {
      this.#same(shard, 'pc_start', HALTED, 'memory is after the halt');
      if (this.#executed === undefined || this.#hasGap) return;
      for (const [from, to] of HANDED_ON.slice(1)) {
        const expected = publicValueOf(this.#executed, from);
        // In a shard of memory, digests are as good as committed to.
        if (!from.endsWith('syscall')) this.#same(shard, to, expected, `has ${from} of the last execution shard`);
      }
      return;
    }
    this.#same(shard, 'pc_start', limbs(this.#program.entry), 'system calls are at the entry');
    this.#same(shard, 'initial_timestamp', START_TIME, 'system calls are at clock 1');
  }

  /**
   * The run is over. `isWhole`: it halted, so that its last shards are those of memory.
   * Gives whether the sum over all shards could be looked at.
   */
  finish(isWhole: boolean): boolean {
    if (!isWhole || this.#hasGap || this.#executed === undefined) return false;
    this.#same(this.#executed, 'next_pc', HALTED, 'the last execution shard halts');
    const { elf, version } = this.#program;
    const image = imageDigest(elf, version);
    this.#tell([...image.x, ...image.y]);
    const got = [...this.#sum.x, ...this.#sum.y];
    if (got.join() !== [...START_POINT.x, ...START_POINT.y].join()) {
      const rule = 'what shards tell each other, and the image tells them, adds up to nothing';
      this.#failures.add({ chip: CHIP, columns: namesOf('global_cumulative_sum'), rule, values: got });
    }
    return true;
  }

  /** Adds a digest, which begins at the start point. */
  #tell(digest: readonly number[]): void {
    if (digest.some(x => !(x >= 0 && x < koalaBear.modulus))) return;
    const { add } = pointSums();
    this.#sum = add(this.#sum, { x: digest.slice(0, DEGREE), y: digest.slice(DEGREE) });
    this.#sum = add(this.#sum, { x: START_POINT.x, y: septicNegate(START_POINT.y) });
  }

  #same(shard: ChainedShard, name: string, expected: readonly number[], rule: string): void {
    const got = publicValueOf(shard, name);
    if (got.join() !== expected.join()) this.#fail(shard, name, `${rule}: ${expected.join(', ')}`, got);
  }

  #fail({ index: shard }: ChainedShard, name: string, rule: string, values: readonly number[]): void {
    this.#failures.add({ shard, chip: CHIP, row: 0, columns: namesOf(name), rule, values });
  }
}

const limbs = (address: number): number[] => [0, 1, 2].map(i => Math.floor(address / 2 ** (16 * i)) % 2 ** 16);

function namesOf(value: string): string[] {
  const own = publicValuesChip.columns.filter(({ name }) => name === value || name.startsWith(`${value}[`));
  return own.map(({ name }) => name);
}
