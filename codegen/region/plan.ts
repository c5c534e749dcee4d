// Everything that the middle says about a region, before a printer writes it. Which fact flows where:
//
//   fact      made of                    in JavaScript it says            in WebAssembly it says
//   effects   rows, simplified           what is written                  the same
//   tree      the graph                  labelled blocks and loops        the same
//   knownIn   effects, forward           which high halves need no local  where extending is a copy
//   dirty     writes, forward            halves that an exit spills       registers that an exit spills
//   live      reads, backward            what is computed and taken up    the same; whose upper half may be wrong
//   valid     live and known, forward    what a shared exit may spill     the same
//   groups    base registers of a block  who tests the base register      who tests the ends of a group
//   needs     the longest path           what a test of the fuel asks     the same
//   rotates   effects of a block         V8 sees them                     one instruction (rotates.ts, not in the plan)
//   halves    effects and what is known  the trees that are printed       words are whole (halves.ts, not in the plan)
//
// `known`, `dirty`, `live` and `valid` within a block are `facts`. JavaScript has them by halves; WebAssembly, whose
// registers are one local, by low halves, and follows `known` itself, as it leaves upper halves wrong that nobody reads.

import type { Xlen } from '../isa/expr.ts';
import { type BlockGroups, planAccesses, type SharingPolicy } from './accesses.ts';
import { type FuelNeeds, fuelNeeds } from './fuel.ts';
import { analyseKnown, type BlockFacts, type Extended, factsOf, UNKNOWN } from './known.ts';
import { analyse, type Halves } from './liveness.ts';
import type { Region } from './region.ts';
import { type Structured, structure } from './structure.ts';

export interface RegionPlanOptions {
  readonly xlen: Xlen;
  /** Whether the halves of a 64-bit register are locals of their own; else the facts are of low halves only. */
  readonly areHalvesApart: boolean;
  /** Of a region that has guest memory. */
  readonly sharing?: SharingPolicy;
  /** Whether the access at a pc often lies outside the window. */
  readonly strays?: (pc: number) => boolean;
  /** Whether the register that an instruction writes is read before. */
  readonly observesOld?: boolean;
}

export interface RegionPlan {
  readonly region: Region;
  readonly tree: Structured;
  /** Blocks in the order in which they are written. */
  readonly order: readonly number[];
  /** Blocks that are targets of back edges. */
  readonly heads: ReadonlySet<number>;
  /** By block: what is live at its start. */
  readonly liveIn: readonly Halves[];
  /** By block: what is known of upper halves at its start. */
  readonly knownIn: readonly Extended[];
  readonly facts: readonly BlockFacts[];
  readonly groups: readonly BlockGroups[];
  readonly needs: FuelNeeds;
  readonly observesOld: boolean;
}

export function planRegion(
  region: Region,
  { xlen, areHalvesApart, sharing, strays = () => false, observesOld = false }: RegionPlanOptions,
): RegionPlan {
  const { body, loopHeads, order } = structure(region);
  const liveness = analyse(region, order, loopHeads, areHalvesApart && xlen === 64, observesOld);
  const knownIn = xlen === 64 ? analyseKnown(region, order) : region.blocks.map(() => UNKNOWN);
  return {
    region,
    tree: body,
    order,
    heads: loopHeads,
    liveIn: liveness.liveIn,
    knownIn,
    facts: factsOf(region, order, liveness, knownIn),
    groups: region.blocks.map(block => (sharing === undefined ? [] : planAccesses(block, sharing, strays))),
    needs: fuelNeeds(region, order, loopHeads),
    observesOld,
  };
}
