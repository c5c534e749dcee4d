// The walk that counts: an instruction is one more in its tally, and of accesses those are told that may be new to the shard.

import { FILTER, FILTER_SHIFT, HASH_MULTIPLIER, WALK, WALK_SLOT } from '../../../runtime/trace/walk-layout.ts';
import { type CodeWriter, codeWriter } from '../binary/code.ts';
import { access, op, valueType } from '../binary/instructions.ts';
import { moduleWriter } from '../binary/module.ts';
import { dialect, type Value } from '../binary/values.ts';
import { exportFunction, type FunctionsOf, importFunctions, importMemory } from '../host-imports.ts';
import { type WalkNotes, type WalkOperation, walkFunction } from './emit-walk.ts';
import { WalkEntries } from './walk-entries.ts';
import { WalkFrame, type WalkPlace } from './walk-frame.ts';
import { WalkJumps } from './walk-jumps.ts';

export interface CountOperation extends WalkOperation {
  /** Which tally counts it. */
  readonly tally: number;
}

class CountNotes implements WalkNotes<CountOperation> {
  readonly #frame: WalkFrame;
  readonly #entries: WalkEntries;
  readonly #note: number;

  /** `note`: the function of the ABI. */
  constructor(frame: WalkFrame, entries: WalkEntries, note: number) {
    this.#frame = frame;
    this.#entries = entries;
    this.#note = note;
  }

  /** The walk was at this slot. */
  mark(): void {
    const { code, slot } = this.#frame;
    code.localGet(slot);
    code.i32Const(1);
    code.access(access.i32Store8, WALK_SLOT.mark);
  }

  note({ tally }: CountOperation): void {
    const { code } = this.#frame;
    code.i32Const(WALK.tallies + 4 * tally);
    code.i32Const(WALK.tallies + 4 * tally);
    code.access(access.i32Load);
    code.i32Const(1);
    code.op(op.i32Add);
    code.access(access.i32Store);
  }

  /** Tells of a doubleword that is new to the shard, or may have been a precompile's. */
  access(): void {
    const { code, address } = this.#frame;
    this.#entries.pushOldClk();
    code.i32Const(0);
    code.access(access.i64Load, WALK.shardStart);
    code.op(op.i64Sub);
    code.i32Const(0);
    code.access(access.i64Load, WALK.precompiled);
    code.op(op.i64GeU);
    code.if();
    code.localGet(address);
    this.#entries.pushOldClk();
    this.#frame.pushPc();
    code.call(this.#note);
    code.end();
  }
}

/** (address, old clk, low word of the pc): counts the doubleword where it is new, and tells the host. */
function noteFunction(imports: FunctionsOf<'countingWalk'>): CodeWriter {
  const code = codeWriter(3);
  const [address, oldClk, pc] = [0, 1, 2];
  const hash = code.addLocal(valueType.i32);
  const { i32, i64, low, high, when, call } = dialect(code, 64);
  const where: readonly Value[] = [low(i64.get(address)), high(i64.get(address)), i32.get(pc)];
  const add = (count: Value): void => i32.store(undefined, WALK.fresh, i32.add(count, i32.load(undefined, WALK.fresh)));
  const isNew = i64.gtS(i64.load(undefined, WALK.shardStart), i64.get(oldClk));
  const told = (): void => {
    const granule = low(i64.shrU(i64.get(address), i64.constant(3)));
    i32.set(hash, i32.shrU(i32.mul(granule, i32.constant(HASH_MULTIPLIER | 0)), i32.constant(FILTER_SHIFT)));
    const place = i32.shl(i32.shrU(i32.get(hash), i32.constant(5)), i32.constant(2));
    const word = (): void => {
      place();
      code.access(access.i32Load, FILTER.offset);
    };
    when(i32.and(i32.shrU(word, i32.get(hash)), i32.constant(1)), () => add(call(imports.filtered, ...where)));
  };
  when(
    isNew,
    () => {
      add(i32.constant(1));
      call(imports.fresh, ...where)();
    },
    told,
  );
  return code;
}

/** The bytes of a module; its memory has so many pages. */
export function emitCountingWalk(
  place: WalkPlace,
  operations: readonly CountOperation[],
  pages: number,
): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  const imports = importFunctions(module, 'countingWalk');
  importMemory(module, pages, pages);
  const note = exportFunction(module, 'note', noteFunction(imports));
  const frame = new WalkFrame(place);
  const entries = new WalkEntries(frame);
  const notes = new CountNotes(frame, entries, note);
  const jumps = new WalkJumps(frame, imports.seen);
  exportFunction(module, 'walk', walkFunction({ frame, notes, entries, jumps }, operations));
  return module.finish();
}
