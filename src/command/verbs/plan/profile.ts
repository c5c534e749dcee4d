// `jit-exec profile`: makes the profile that plans are made from, shows one, merges several.

import { JitExecError } from '../../../../runtime/errors.ts';
import { hexOf } from '../../../../runtime/hex.ts';
import { type BatchProfile, ProfileBuilder } from '../../../planner/batch/profile.ts';
import { isBatchProfile, readBatchProfile, writeBatchProfile } from '../../../planner/batch/profile-file.ts';
import { RunCosts } from '../../../planner/run/run-costs.ts';
import type { ProfiledRun, RunProfile } from '../../../planner/run/run-profile.ts';
import { mergeRunProfiles, readRunProfile, writeRunProfile } from '../../../planner/run/run-profile-file.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { readBytes } from '../../input.ts';
import { jsonLine, printable, writeAll } from '../../output.ts';
import { statusOf } from '../../status.ts';
import { writeResult } from '../write-result.ts';
import { profileGuest } from './profile-guest.ts';

export async function profile(args: Arguments): Promise<number> {
  const files = (args.files ?? []) as readonly string[];
  if (args.action === 'merge') return merge(args, files);
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    throw new JitExecError('USAGE', `profile ${args.action}: expected one file, got ${files.length}`);
  return args.action === 'show' ? show(args, file) : run({ ...args, program: file }, file);
}

function outputOf(args: Arguments): string {
  const output = args.output as string | undefined;
  if (output === undefined) throw new JitExecError('USAGE', `profile ${args.action}: where to? (-o FILE.jxprof)`);
  return output;
}

async function run(args: Arguments, file: string): Promise<number> {
  const output = outputOf(args);
  const { profile: made, bytes, result, tell } = await profileGuest(args, readBytes(file));
  writeResult(output, bytes);
  const [first] = made.runs;
  if (args.json) writeAll(1, jsonLine(profileJson(made)));
  tell(`${first!.slices.length} slices of ${made.sliceInstructions} instructions in ${bytes.length} bytes`);
  return statusOf(result.exit);
}

function show(args: Arguments, file: string): number {
  const bytes = readBytes(file);
  if (isBatchProfile(bytes)) return showBatch(args, readBatchProfile(bytes, file));
  const made = readRunProfile(bytes, file);
  writeAll(1, args.json ? jsonLine(profileJson(made)) : printable(made.runs.map(one => table(made, one)).join('\n')));
  return 0;
}

function showBatch(args: Arguments, { version, blocks, producers }: BatchProfile): number {
  const heartbeats = Number(blocks.reduce((sum, block) => sum + block.heartbeats, 0n));
  const bytes = blocks.reduce((sum, { size }) => sum + size, 0);
  const told = { blocks: blocks.length, edges: producers.length, heartbeats, bytes };
  const json = { schema: 1, version: VERSION, kind: 'batch profile', profileVersion: version, ...told };
  const text = `batch profile of version ${version}: ${blocks.length} blocks of ${bytes} bytes, ${producers.length} edges, ${heartbeats} heartbeats\n`;
  writeAll(1, args.json ? jsonLine(json) : text);
  return 0;
}

function merge(args: Arguments, files: readonly string[]): number {
  const output = outputOf(args);
  const all = files.map(file => ({ file, bytes: readBytes(file) }));
  if (all.length > 0 && all.every(({ bytes }) => isBatchProfile(bytes))) {
    const profiles = all.map(({ file, bytes }) => readBatchProfile(bytes, file));
    const builder = new ProfileBuilder();
    for (const one of profiles) builder.merge(one);
    writeResult(output, writeBatchProfile(builder.profile(profiles.some(({ version }) => version === 1) ? 1 : 2)));
    return 0;
  }
  const merged = mergeRunProfiles(all.map(({ file, bytes }) => readRunProfile(bytes, file)));
  writeResult(output, writeRunProfile(merged));
  if (args.json) writeAll(1, jsonLine(profileJson(merged)));
  return 0;
}

function totalsOf({ chips }: RunProfile, { slices }: ProfiledRun): { readonly name: string; readonly rows: number }[] {
  const rows = new Float64Array(chips.length);
  for (const slice of slices) for (const [chip, count] of slice.rows) rows[chip]! += count;
  return chips.map(({ name }, chip) => ({ name, rows: rows[chip]! })).filter(({ rows: count }) => count > 0);
}

function profileJson(made: RunProfile): object {
  return {
    schema: 1,
    version: VERSION,
    kind: 'run profile',
    machine: made.machine,
    program: { sha256: hexOf(made.program) },
    config: made.config,
    sliceInstructions: made.sliceInstructions,
    limits: made.limits,
    runs: made.runs.map(one => {
      const costs = new RunCosts(made.chips, one.slices);
      return {
        inputs: one.inputs.map(({ bytes, sha256 }) => ({ bytes, sha256: hexOf(sha256) })),
        exit: one.exit,
        instructions: one.instructions,
        clk: one.clk,
        touched: costs.touches.within(0, costs.length),
        chips: totalsOf(made, one),
        slices: one.slices.map(({ rows, opcodes, touched, tape, hot, pcStart, ...slice }, i) => ({
          index: i,
          ...slice,
          pcStart: `0x${pcStart.toString(16)}`,
          chips: rows.map(([chip, count]) => ({ name: made.chips[chip]!.name, rows: count })),
          opcodes: Object.fromEntries(opcodes.map(([opcode, count]) => [made.opcodes[opcode]!, count])),
          touched: touched.map(({ previous, words }) => ({ previous, words })),
          tape: hexOf(tape),
          hot: hot.map(({ pc, samples }) => ({ pc: `0x${pc.toString(16)}`, samples })),
        })),
      };
    }),
  };
}

function table(made: RunProfile, one: ProfiledRun): string {
  const costs = new RunCosts(made.chips, one.slices);
  const head = `${one.exit.kind} ${one.exit.code}, ${one.instructions} instructions, ${costs.touches.within(0, costs.length)} doublewords touched; ${made.config}`;
  const rows = one.slices.map((slice, i) => {
    const { touched, imported } = costs.words(i, i + 1);
    const [hot] = slice.hot;
    return [i, slice.instructions, slice.entries, costs.needs(i, i + 1, touched)[1]!, touched, imported]
      .map(value => String(value).padStart(12))
      .join('')
      .concat(hot === undefined ? '' : `  0x${hot.pc.toString(16)}`);
  });
  const titles = ['slice', 'instructions', 'entries', 'cells', 'touched', 'of earlier'];
  return `${[head, `${titles.map(title => title.padStart(12)).join('')}  hottest`, ...rows].join('\n')}\n`;
}
