// The constants and typed arrays that generated text is given: the part of its ABI that has no behaviour.

import type { GuestText } from '../../codegen/program/text.ts';
import { mulh32, mulhsu32, mulhu32 } from '../../runtime/arithmetic.ts';
import type { Abi, AbiFunction, AbiNameOf } from '../../runtime/contract.ts';
import type { Span } from '../../runtime/memory/arena.ts';
import { type GuestMemory, storeOriginOf } from '../../runtime/memory/memory.ts';
import type { Inlined } from '../../runtime/trace/observer.ts';

type View<T> = new (buffer: SharedArrayBuffer, offset: number, length: number) => T;

/** Names of the ABI that only say where things are. */
type ViewName = Exclude<AbiNameOf<'region' | 'interpreter'>, AbiFunction | 'F' | 'P' | 'H' | 'HOT'>;
type ProductName = 'imul' | 'mulh32' | 'mulhu32' | 'mulhsu32';
export type GuestViews = Pick<Abi<'region' | 'interpreter'>, ViewName | ProductName>;

/** Stack, links and weights of nodes, where calls are followed. */
function callViews({ buffer, arena }: GuestMemory, inlined: Inlined | undefined): Pick<GuestViews, 'X' | 'L' | 'N'> {
  const isFollowed = (inlined?.kind === 'profiled' || inlined?.kind === 'metered') && inlined.calls !== undefined;
  const words = ({ offset, bytes }: Span): Int32Array | undefined =>
    isFollowed ? new Int32Array(buffer, offset, bytes / 4) : undefined;
  return { X: words(arena.stack), L: words(arena.links), N: words(arena.nodes) };
}

export function guestViews(memory: GuestMemory, text: GuestText, inlined: Inlined | undefined): GuestViews {
  const { plan, arena } = memory;
  const { area } = arena;
  const flow = inlined?.kind === 'metered' ? inlined.flow : undefined;
  const storeOrigin = storeOriginOf(plan);
  const view = <T>(make: View<T>, width: number, from = 0): T =>
    new make(memory.buffer, area.offset + from, (area.bytes - from) / width);
  return {
    R: memory.control,
    I8: view(Int8Array, 1),
    U8: memory.u8,
    I16: view(Int16Array, 2),
    U16: view(Uint16Array, 2),
    I32: memory.i32,
    S8: view(Int8Array, 1, storeOrigin),
    S16: view(Int16Array, 2, storeOrigin),
    S32: view(Int32Array, 4, storeOrigin),
    T: inlined?.kind === 'traced' ? inlined.words : undefined,
    K: inlined?.kind === 'traced' ? inlined.stamps : undefined,
    B: flow?.cells,
    D: flow?.differences,
    W: flow?.weights,
    Q: flow?.touches,
    G: flow?.marks,
    ...callViews(memory, inlined),
    C: inlined?.kind === 'counted' ? inlined.counts : undefined,
    TEXT: text.base | 0,
    BASE: plan.windowBase | 0,
    OUTSIDE: -(2 ** plan.windowBits),
    // Where pages are counted, the host does every store of the interpreter in JavaScript.
    STORE_FLOOR: memory.isCounting ? 0x7fff_ffff : storeOrigin,
    M: memory.pageMap,
    imul: Math.imul,
    mulh32,
    mulhu32,
    mulhsu32,
  };
}
