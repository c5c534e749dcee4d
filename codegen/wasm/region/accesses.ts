// Loads and stores of a region as WebAssembly: the first of a group makes its test, the others take over the place.

import { PAGE_BYTES } from '../../../runtime/layout.ts';
import type { AccessEffect, AccessGroup } from '../../region/accesses.ts';
import type { RegionPlan } from '../../region/plan.ts';
import {
  arenaOffset,
  hasFarWindow,
  ifOutsideFar,
  loadOf,
  orUncounted,
  pushOffset,
  pushRefused,
  storeOf,
} from '../access.ts';
import type { Value } from '../binary/values.ts';
import { lower } from '../lower.ts';
import type { Frame, WasmRegionOptions } from './frame.ts';
import type { AccessWriter, Instrument, Reach } from './instruments/instrument.ts';
import type { InstructionPlace, WantedHalves } from './place.ts';
import type { SideExits } from './side-exits.ts';

export class Accesses implements AccessWriter {
  readonly #frame: Frame;
  readonly #instrument: Instrument;
  readonly #exits: SideExits;
  readonly #plan: RegionPlan;
  readonly #options: WasmRegionOptions;

  constructor(frame: Frame, instrument: Instrument, exits: SideExits, plan: RegionPlan, options: WasmRegionOptions) {
    this.#options = options;
    this.#frame = frame;
    this.#instrument = instrument;
    this.#exits = exits;
    this.#plan = plan;
  }

  write(effect: AccessEffect, place: InstructionPlace, wanted: WantedHalves): void {
    const frame = this.#frame;
    const { code, v } = frame;
    const options = this.#options;
    const { i, instruction, operands } = place;
    const group = this.#plan.groups[place.node]![i]!;
    if (group.first === i) this.#check(effect, group, place);
    if (this.#instrument.access !== undefined) this.#tell(group, place);
    if (effect.kind === 'load' && wanted === 'nothing') return;
    (group.isShared ? v.i32.get(frame.pointer(instruction.rs1)) : this.#offset)();
    const at = arenaOffset(options.window, group) + group.immediateOf(i) - group.from;
    if (effect.kind === 'store') {
      lower(code, effect.value, operands);
      code.access(storeOf(options.xlen, effect.bytes), at);
      return;
    }
    const isSigned = effect.signed && !(wanted === 'low half' && effect.bytes === 4);
    code.access(loadOf(options.xlen, effect.bytes, isSigned), at);
    code.localSet(frame.register(instruction.rd));
  }

  /** The offset as an address. */
  get #offset(): Value {
    const { word, low } = this.#frame.v;
    return low(word.get(this.#frame.offset()));
  }

  #tell(group: AccessGroup, { node, i, pc, instruction }: InstructionPlace): void {
    const { i32 } = this.#frame.v;
    const undone = this.#plan.region.blocks[node]!.instructions.length - i;
    const origin = arenaOffset(this.#options.window, group) - PAGE_BYTES - group.from;
    const at = origin + group.immediateOf(i);
    let local: number;
    if (group.isShared) local = this.#frame.pointer(instruction.rs1);
    else {
      local = this.#frame.local('traced', i32);
      i32.set(local, this.#offset);
    }
    const following = (): readonly Reach[] => this.#following(node, i, origin);
    this.#instrument.access!({ i, local, at, group, undone, following, leave: () => this.#exits.leave(node, i, pc) });
  }

  #following(node: number, i: number, origin: number): readonly Reach[] {
    const { effects } = this.#plan.region.blocks[node]!;
    const groups = this.#plan.groups[node]!;
    const behind = groups.findIndex((other, k) => k > i && other?.first === k);
    return effects.slice(0, behind < 0 ? effects.length : behind).flatMap((effect, k) => {
      if (k < i || groups[k] !== groups[i] || (effect.kind !== 'load' && effect.kind !== 'store')) return [];
      return [{ i: k, at: origin + groups[k]!.immediateOf(k), bytes: effect.bytes }];
    });
  }

  /** Leaves unless every access of the group lies in the window; sets the offset or pointer that they use. */
  #check(effect: AccessEffect, group: AccessGroup, place: InstructionPlace): void {
    const frame = this.#frame;
    const { code, v } = frame;
    const options = this.#options;
    const offset = (): void => pushOffset(code, group, options, place.operands);
    const isRefused = (): void => {
      v.word.tee(frame.offset(), offset)();
      pushRefused(code, group, options);
      if (group.isStore) this.#orUncounted();
    };
    v.seldom(isRefused, () => {
      if (options.strays(place.pc)) this.#findOffset(effect, place);
      else this.#exits.leave(place.node, group.first, place.pc);
    });
    if (group.isShared) v.i32.set(frame.pointer(place.instruction.rs1), this.#offset);
  }

  #orUncounted(): void {
    const { code, v } = this.#frame;
    const options = this.#options;
    const { window } = options;
    orUncounted(code, window, v.i32.add(this.#offset, v.i32.constant(window.storeOrigin)));
  }

  /** Finds where a refused access goes: in the far window, or as the host says; leaves where it does not know either. */
  #findOffset(effect: AccessEffect, place: InstructionPlace): void {
    const frame = this.#frame;
    const { code, v } = frame;
    const options = this.#options;
    const { window, xlen } = options;
    if (!hasFarWindow(window, xlen, effect.kind === 'store')) {
      this.#askOffset(effect, place);
      return;
    }
    lower(code, effect.address, place.operands);
    ifOutsideFar(code, window, effect.bytes, frame.offset());
    this.#askOffset(effect, place);
    code.else();
    const start = window.farOffset - (effect.kind === 'store' ? window.storeOrigin : 0);
    v.i64.set(frame.offset(), v.i64.add(v.i64.get(frame.offset()), v.i64.constant(start)));
    code.end();
  }

  #askOffset(effect: AccessEffect, { node, i, pc, operands }: InstructionPlace): void {
    const frame = this.#frame;
    const { code, v } = frame;
    const options = this.#options;
    const { i32, word } = v;
    const { placeOfStoreAt, placeOfLoadAt } = options.imports;
    const address = (): void => lower(code, effect.address, operands);
    const ask = effect.kind === 'store' ? placeOfStoreAt : placeOfLoadAt;
    const found = i32.tee(frame.at, v.call(ask, v.low(address), v.high(address), i32.constant(effect.bytes)));
    word.set(frame.offset(), options.xlen === 64 ? v.extend(found) : found);
    v.when(i32.eq(i32.get(frame.at), i32.constant(-1)), () => this.#exits.leave(node, i, pc));
  }
}
