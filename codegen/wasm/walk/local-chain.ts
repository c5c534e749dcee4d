// Local events of a shard's doublewords, found by the clk of the last access: the chain has a word for each 8 clk of the
// shard with the place of the event that was accessed then. An access tells the clk of the one before, so nothing is hashed.
// What a precompile accessed has its words say so (they are the place of an event of no address), and the host knows more.

import { LOCAL, WALK } from '../../../runtime/trace/walk-layout.ts';
import { type CodeWriter, codeWriter } from '../binary/code.ts';
import { access, valueType } from '../binary/instructions.ts';
import { type Dialect, dialect, type Value } from '../binary/values.ts';

const { i32: I32 } = valueType;

/** Bytes from the chain's start to the word of a clk that is so far from the shard's. */
export const chainOffset = ({ i32, low }: Dialect, distance: Value): Value =>
  i32.and(i32.shrU(low(distance), i32.constant(1)), i32.constant(-4));

export interface LocalAccess {
  /** Of the doubleword: address, and clk and value before the access. */
  readonly address: Value;
  readonly oldClk: Value;
  readonly oldValue: Value;
  readonly shardStart: Value;
  readonly chain: Value;
  /** The local that takes the place of its event. */
  readonly place: number;
  /** The function that knows what the chain does not. */
  readonly look: number;
}

/** Finds or makes the local event of an access. */
export function findLocal(code: CodeWriter, v: Dialect, one: LocalAccess): void {
  const { i32, i64, call } = v;
  const { address, oldClk, oldValue, shardStart, chain, place, look } = one;
  const found = code.block();
  const unknown = code.block();
  i64.ltS(oldClk, shardStart)();
  code.unlikely();
  code.brIf(unknown);
  i32.add(chain, chainOffset(v, i64.sub(oldClk, shardStart)))();
  code.access(access.i32Load);
  code.localSet(place);
  i64.eq(i64.load(place, LOCAL.address), address)();
  code.brIf(found);
  code.end();
  i32.set(place, call(look, address, oldClk, oldValue));
  code.end();
}

/** (address, old clk, old value): the place of a new event, or of one that the host knows of. */
export function lookFunction(resolve: number): CodeWriter {
  const code = codeWriter(3);
  const [address, oldClk, oldValue] = [0, 1, 2];
  const place = code.addLocal(I32);
  const { i32, i64, when, call, give } = dialect(code, 64);
  const isOld = i64.geS(i64.get(oldClk), i64.load(undefined, WALK.shardStart));
  const asks = i32.or(isOld, i32.load(undefined, WALK.rehinted));
  when(asks, () => {
    const known = i32.tee(place, call(resolve, i64.get(address), i64.get(oldClk)));
    when(known, () => give(i32.get(place)));
  });
  i32.set(place, i32.load(undefined, WALK.localTail));
  i32.store(undefined, WALK.localTail, i32.add(i32.get(place), i32.constant(LOCAL.bytes)));
  i64.store(place, LOCAL.address, i64.get(address));
  i64.store(place, LOCAL.initialClk, i64.get(oldClk));
  i64.store(place, LOCAL.initialValue, i64.get(oldValue));
  i32.get(place)();
  return code;
}

/** (address, old clk, old value): the place of the doubleword's event. */
export function findFunction(look: number): CodeWriter {
  const code = codeWriter(3);
  const place = code.addLocal(I32);
  const v = dialect(code, 64);
  findLocal(code, v, { ...inControl(v, look), ...parameters(v), place });
  v.i32.get(place)();
  return code;
}

/** (address, old clk, old value, clk, value): the doubleword's event, made where there is none, has these as its last. */
export function touchLocalFunction(look: number): CodeWriter {
  const code = codeWriter(5);
  const place = code.addLocal(I32);
  const v = dialect(code, 64);
  const { i32, i64 } = v;
  const control = inControl(v, look);
  const [clk, value] = [i64.get(3), i64.get(4)];
  findLocal(code, v, { ...control, ...parameters(v), place });
  i64.store(place, LOCAL.finalClk, clk);
  i64.store(place, LOCAL.finalValue, value);
  i32.add(control.chain, chainOffset(v, i64.sub(clk, control.shardStart)))();
  i32.get(place)();
  code.access(access.i32Store);
  return code;
}

const parameters = ({ i64 }: Dialect): Pick<LocalAccess, 'address' | 'oldClk' | 'oldValue'> => ({
  address: i64.get(0),
  oldClk: i64.get(1),
  oldValue: i64.get(2),
});

const inControl = ({ i32, i64 }: Dialect, look: number): Pick<LocalAccess, 'shardStart' | 'chain' | 'look'> => ({
  shardStart: i64.load(undefined, WALK.shardStart),
  chain: i32.load(undefined, WALK.chain),
  look,
});
