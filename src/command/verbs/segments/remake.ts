// An index without files against another run: the same plan, the same records, the same digests.

import { createHash } from 'node:crypto';
import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { loadGuest } from '../../../machine/guest.ts';
import { programTrace } from '../../../machine/openvm/commitments.ts';
import type { SegmentFacts } from '../../../machine/openvm/pipeline/protocol.ts';
import { type RecordedEvents, SegmentRecorder } from '../../../machine/openvm/pipeline/recorder.ts';
import { padded } from '../../../machine/openvm/traces/segment-events.ts';
import {
  fixedColumns,
  lookupColumns,
  openVmFiller,
  programColumns,
} from '../../../machine/openvm/traces/segment-traces.ts';
import { FailureList } from '../../../tracegen/failures.ts';
import type { Filler } from '../../../tracegen/filler.ts';
import { type PlanOptions, type PlanResult, plan } from '../../../verbs/plan.ts';
import type { Arguments } from '../../command.ts';
import { readInputs } from '../../input.ts';
import { readKeyValues } from '../../key-values.ts';
import { sha256 } from '../../sha256.ts';
import { digestOf, sortedDigestOf } from '../../threads/files/column-digests.ts';
import { registerWrittenInterpreters } from '../../threads/guest/host-interpreters.ts';
import type { FixedValue, SegmentValue } from '../../threads/segment-worker.ts';
import { checkChain, type SegmentsChecked } from './chain.ts';
import type { SegmentIndex } from './index-file.ts';
import { type ReportedSegment, reportSegment } from './report.ts';

interface IndexedProgram {
  readonly bytes: Uint8Array;
  readonly path: string;
}

/** What the run was given, where it is given again; undefined where nothing is, though the run was given something. */
function givenAgain(
  index: SegmentIndex,
  args: Arguments,
): Required<Pick<PlanOptions, 'inputs' | 'keyValues'>> | undefined {
  const inputs = readInputs(args.argv, args);
  const given = inputs.map(input => ({ bytes: input.length, sha256: sha256(input) }));
  if (JSON.stringify(given) === JSON.stringify(index.inputs)) return { inputs, keyValues: readKeyValues(args.kv) };
  if (inputs.length === 0) return undefined;
  throw new JitExecError('ENVIRONMENT', 'trace: the inputs besides --check are not those of the run');
}

/** Cuts the run again. */
async function planAgain(
  index: SegmentIndex,
  bytes: Uint8Array,
  input: Pick<PlanOptions, 'inputs' | 'keyValues'>,
): Promise<PlanResult> {
  await registerWrittenInterpreters();
  const { onlySegment: _only, ...cuts } = index.cuts;
  return plan(bytes, { ...cuts, ...input, ...(!index.complete && { maxCycles: index.instructions }) });
}

function comparePlan(index: SegmentIndex, run: PlanResult, compare: Comparison): void {
  compare.field('instructions', run.instructions, index.instructions);
  compare.field('publicValues', Buffer.from(run.publicValues).toString('hex'), index.publicValues);
}

/**
 * Where segments were cut and why, of an index whose files were looked at; whether it could be compared.
 * @throws ENVIRONMENT where other inputs are given
 */
export async function compareCuts(
  index: SegmentIndex,
  bytes: Uint8Array,
  args: Arguments,
  failures: FailureList,
): Promise<boolean> {
  const input = givenAgain(index, args);
  if (input === undefined) return false;
  const run = await planAgain(index, bytes, input);
  const compare = new Comparison(index, failures);
  comparePlan(index, run, compare);
  for (const segment of index.segments)
    for (const [name, value] of Object.entries(run.segments[segment.index] ?? {}))
      compare.field(name, value, segment[name as keyof ReportedSegment], segment.index);
  return true;
}

/** @throws ENVIRONMENT where the inputs of the run were not given. */
export async function compareWithRun(
  index: SegmentIndex,
  { bytes, path }: IndexedProgram,
  args: Arguments,
  told: (done: number) => Promise<void>,
): Promise<SegmentsChecked> {
  const input = givenAgain(index, args);
  if (input === undefined)
    throw new JitExecError(
      'ENVIRONMENT',
      'trace: there are no segment files: the index is compared with another run, for which the inputs of the first must be given besides --check',
    );
  const run = await planAgain(index, bytes, input);
  const failures = new FailureList();
  const compare = new Comparison(index, failures);
  comparePlan(index, run, compare);
  const remaker = new Remaker(index, bytes, path, run, input);
  for (let i = 0; i < remaker.count; i++) {
    await told(i);
    const segment = remaker.next(i);
    if (segment !== undefined) compare.segment(segment);
  }
  compare.finish();
  return checkChain({ bytes, name: path }, index, failures.list, failures.count);
}

class Comparison {
  readonly #index: SegmentIndex;
  readonly #failures: FailureList;
  readonly #seen = new Set<number>();

  constructor(index: SegmentIndex, failures: FailureList) {
    this.#index = index;
    this.#failures = failures;
  }

  field(what: string, expected: unknown, got: unknown, shard?: number): void {
    const [one, other] = [JSON.stringify(expected), JSON.stringify(got)];
    if (one === other) return;
    const rule = `${what} (index.json) is ${shortened(one)}`;
    this.#failures.add({ ...(shard !== undefined && { shard }), columns: [], rule, values: [shortened(other)] });
  }

  segment(made: ReportedSegment): void {
    const indexed = this.#index.segments.find(({ index }) => index === made.index);
    this.#seen.add(made.index);
    if (indexed === undefined) this.field('segment', made.index, undefined, made.index);
    else
      for (const [name, value] of Object.entries(made))
        if (name !== 'airs') this.field(name, value, indexed[name as keyof ReportedSegment], made.index);
    for (const [i, air] of (made.airs ?? []).entries()) {
      // Whatever computed them, columns are the same.
      const told = indexed?.airs?.[i];
      this.field(`airs[${i}]`, air, told && { ...told, device: undefined }, made.index);
    }
  }

  finish(): void {
    for (const { index } of this.#index.segments)
      if (!this.#seen.has(index)) this.field('segment', undefined, index, index);
  }
}

const shortened = (text: string | undefined): string => (text ?? 'nothing').slice(0, 200);

class Remaker {
  readonly #index: SegmentIndex;
  readonly #run: PlanResult;
  readonly #recorder: SegmentRecorder;
  readonly #filler: Filler = openVmFiller();
  readonly #fixed: readonly FixedValue[];

  constructor(
    index: SegmentIndex,
    bytes: Uint8Array,
    path: string,
    run: PlanResult,
    input: Pick<ConstructorParameters<typeof SegmentRecorder>[1], 'inputs' | 'keyValues'>,
  ) {
    this.#index = index;
    this.#run = run;
    const { program } = loadGuest(bytes, path, 'openvm');
    const digest = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
    this.#recorder = new SegmentRecorder(program, { ...input, stdout: () => undefined }, digest);
    const fixed = index.until === 'traces' ? fixedColumns(this.#filler, programTrace(program)) : new Map();
    this.#fixed = [...fixed].map(([name, columns]) => ({
      ...{ name, rows: columns.rows, columns: columns.width, sha256: digestOf(columns).toString('hex') },
    }));
  }

  get count(): number {
    return this.#run.segments.length;
  }

  /** The next segment; undefined where nobody asked for it. @throws TRACE_INVALID where it cannot be recorded */
  next(index: number): ReportedSegment | undefined {
    const planned = this.#run.segments[index]!;
    const { onlySegment } = this.#index.cuts;
    const isWanted = onlySegment === undefined || onlySegment === index;
    if (this.#index.until === 'segments') return isWanted ? { index, ...planned } : undefined;
    if (onlySegment !== undefined && index > onlySegment) return undefined;
    const recorded = isWanted ? this.#recorder.record(index, planned, {}) : this.#recorder.skip(planned, {});
    if (recorded !== undefined && 'kind' in recorded)
      throw new JitExecError('TRACE_INVALID', `trace: segment ${index} cannot be recorded: ${recorded.kind}`);
    if (recorded === undefined) return undefined;
    const value = this.#index.until === 'traces' ? this.#valueOf(recorded) : undefined;
    return reportSegment(planned, recorded.facts, value, this.#fixed);
  }

  #valueOf({ facts, events }: RecordedEvents): SegmentValue {
    const digests = new Map<number, SegmentValue['digests'][number]>();
    this.#filler.clearCounts();
    const add = (columns: Parameters<typeof digestOf>[0]): void => {
      const id = OPENVM_CHIPS.findIndex(({ name }) => name === columns.name);
      const sorted = columns.name === 'Poseidon2' && { rowsSortedSha256: sortedDigestOf(columns).toString('hex') };
      digests.set(id, { sha256: digestOf(columns).toString('hex'), ...sorted });
    };
    for (const [i, { id }] of facts.airs.entries()) {
      const structs = events[i];
      if (structs === undefined) continue;
      if (id === 0) add(programColumns(new Uint32Array(structs.buffer, structs.byteOffset, structs.length / 4)));
      else add(this.#filler.fill(OPENVM_CHIPS[id]!, structs, padded(facts.airs[i]!.realRows)));
    }
    for (const columns of lookupColumns(this.#filler.counts)) add(columns);
    return { digests: facts.airs.map(({ id }: SegmentFacts['airs'][number]) => digests.get(id)!), failures: undefined };
  }
}
