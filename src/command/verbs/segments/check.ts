// `jit-exec trace --check DIR` of segments: their files against the index and by the rules that AIRs keep, and what segments must
// agree on; of a folder without files, the index against another run.

import { readdirSync } from 'node:fs';
import { loadGuest } from '../../../machine/guest.ts';
import { SegmentChecker } from '../../../machine/openvm/check/segment-checker.ts';
import { programTrace } from '../../../machine/openvm/commitments.ts';
import { fixedColumns, openVmFiller } from '../../../machine/openvm/traces/segment-traces.ts';
import { FailureList } from '../../../tracegen/failures.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { startProgress } from '../../progress.ts';
import { STATUS_OF_ERROR } from '../../status.ts';
import { indexedProgram } from '../trace/check/index-check.ts';
import { segmentFile } from '../trace/shard-names.ts';
import { checkChain, type SegmentsChecked } from './chain.ts';
import { SegmentFile } from './file-check.ts';
import { type SegmentIndex, segmentIndexOf } from './index-file.ts';
import { checkedSegmentLines } from './lines.ts';

const SEGMENT_FILE = /^segment-\d{6,}\.bin$/;

interface Program {
  readonly bytes: Uint8Array;
  readonly path: string;
}

export async function checkSegments(directory: string, value: unknown, args: Arguments): Promise<number> {
  const index = segmentIndexOf(value, directory);
  const program = indexedProgram(directory, index.program, args);
  const quiet = args.quiet === true;
  let at = 0;
  const stop = quiet
    ? (): void => {}
    : startProgress(() => `checking ${directory}, segment ${at} of ${index.segments.length}`);
  const told = (done: number): Promise<void> => {
    at = done;
    return new Promise(resolve => setImmediate(resolve));
  };
  let checked: SegmentsChecked;
  const hasFiles = index.segments.some(({ file }) => file !== undefined);
  try {
    if (hasFiles) checked = await checkFiles(directory, index, program, { args, told });
    else checked = await (await import('./remake.ts')).compareWithRun(index, program, args, told);
  } finally {
    stop();
  }
  const { inputs, complete } = index;
  const provenance = { version: VERSION, program: { sha256: index.program.sha256 }, inputs };
  if (args.json) writeAll(1, jsonLine({ schema: 1, ...provenance, complete, verify: checked }));
  if (!complete && !quiet) complain(`the run did not end by itself (${index.exit.kind}): its trace is not complete`);
  for (const line of checkedSegmentLines(checked, quiet, hasFiles)) complain(line);
  return checked.failureCount > 0 ? STATUS_OF_ERROR.TRACE_INVALID : 0;
}

async function checkFiles(
  directory: string,
  index: SegmentIndex,
  { bytes, path }: Program,
  { args, told }: { readonly args: Arguments; readonly told: (done: number) => Promise<void> },
): Promise<SegmentsChecked> {
  const failures = new FailureList();
  const rows = programTrace(loadGuest(bytes, path, 'openvm').program);
  const fixed = fixedColumns(openVmFiller(), rows);
  const checker = new SegmentChecker(fixed);
  const listed = new Set(index.segments.map(({ file }) => file));
  for (const name of readdirSync(directory))
    if (SEGMENT_FILE.test(name) && !listed.has(name))
      failures.add({ columns: [], rule: 'no segment file besides those listed', values: [name] });
  for (const [i, segment] of index.segments.entries()) {
    await told(i);
    const at = index.cuts.onlySegment ?? i;
    if (segment.index !== at || segment.file !== segmentFile(at)) {
      const rule = `segments[${i}] (index.json) is segment ${at} in ${segmentFile(at)}`;
      failures.add({ columns: [], rule, values: [segment.index, segment.file ?? 'nothing'] });
    } else new SegmentFile(directory, segment, failures).check(checker, fixed);
  }
  const { compareCuts } = await import('./remake.ts');
  const comparesCuts = await compareCuts(index, bytes, args, failures);
  return { ...checkChain({ bytes, name: path }, index, failures.list, failures.count), comparesCuts };
}
