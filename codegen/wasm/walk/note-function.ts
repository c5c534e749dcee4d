// The function that is told of an access whose doubleword is new to the shard or may have been a precompile's.

import { type CodeWriter, codeWriter } from '../binary/code.ts';
import { access, valueType } from '../binary/instructions.ts';
import { dialect, type Value } from '../binary/values.ts';
import { FILTER, FILTER_SHIFT, HASH_MULTIPLIER, WALK } from './layout.ts';
import type { WalkImports } from './walk-frame.ts';

/** (address, old clk, low word of the pc): counts the doubleword where it is new, and tells the host. */
export function noteFunction(imports: WalkImports): CodeWriter {
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
