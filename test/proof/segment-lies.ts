// Lies about the segments of a run that holds, of at least two: with each the name that OpenVM 1.4.0's verify_segments has for it.

import type { SegmentProof } from '../../src/proof/openvm/segments.ts';

type Change = <T extends SegmentProof>(run: readonly T[]) => T[];
type Values = (values: readonly number[]) => readonly number[] | undefined;

const [PROGRAM, CONNECTOR, MERKLE, OTHER] = [0, 1, 3, 25];

/** One AIR's public values in one segment, from the end where negative; undefined: the AIR is left out. */
const says =
  (index: number, airId: number, change: Values): Change =>
  run =>
    run.map((proof, i) => {
      if (i !== (index + run.length) % run.length) return proof;
      const perAir = proof.perAir.flatMap(air => {
        if (air.airId !== airId) return [air];
        const publicValues = change(air.publicValues);
        return publicValues === undefined ? [] : [{ ...air, publicValues }];
      });
      return { ...proof, perAir };
    });

/** The element of an AIR's public values. */
const says1 = (index: number, airId: number, element: number, value: (before: number) => number): Change =>
  says(index, airId, values => values.map((one, i) => (i === element ? value(one) : one)));

const without = (airId: number): Change => says(-1, airId, () => undefined);

export const LIES: readonly (readonly [what: string, verdict: RegExp, lie: Change])[] = [
  ['there are none', /^ProofNotFound$/, () => []],
  [
    'they are the other way round',
    /^IsTerminateMismatch { expected: false, actual: true }$/,
    run => [...run].reverse(),
  ],
  ['the last is missing', /^IsTerminateMismatch { expected: true, actual: false }$/, run => run.slice(0, -1)],
  ['the first is there twice', /^InitialPcMismatch { initial: \d+, prev_final: \d+ }$/, run => [run[0]!, ...run]],
  [
    'one is of another program',
    /^ProgramCommitMismatch { index: 1 }$/,
    run => run.map((one, i) => (i === 1 ? { ...one, mainCommitments: [[1, 2, 3, 4, 5, 6, 7, 9]] } : one)),
  ],
  [
    'one begins elsewhere',
    /^InitialPcMismatch { initial: \d+, prev_final: \d+ }$/,
    says1(1, CONNECTOR, 0, pc => pc + 4),
  ],
  ['one ends too early', /^IsTerminateMismatch { expected: false, actual: true }$/, says1(0, CONNECTOR, 3, () => 1)],
  [
    'the last does not end',
    /^IsTerminateMismatch { expected: true, actual: false }$/,
    says1(-1, CONNECTOR, 3, () => 0),
  ],
  [
    'one that goes on has an exit code',
    /^ExitCodeMismatch { expected: 42, actual: 0 }$/,
    says1(0, CONNECTOR, 2, () => 0),
  ],
  ['the last has another exit code', /^ExitCodeMismatch { expected: 0, actual: 3 }$/, says1(-1, CONNECTOR, 2, () => 3)],
  ['one begins with other memory', /^InitialMemoryRootMismatch$/, says1(1, MERKLE, 0, word => word + 1)],
  ['another AIR says something', /^UnexpectedPvs { expected: 0, actual: 1 }$/, says(-1, OTHER, () => [1])],
  ['the program is missing', /^SystemAirMissing { air_id: 0 }$/, without(PROGRAM)],
  ['the connector is missing', /^SystemAirMissing { air_id: 1 }$/, without(CONNECTOR)],
  ['the tree of memory is missing', /^SystemAirMissing { air_id: 3 }$/, without(MERKLE)],
];
