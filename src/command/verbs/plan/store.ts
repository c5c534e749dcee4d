// `jit-exec store`: what artefacts a store has, whether they are sound, and what may go.

import { existsSync } from 'node:fs';
import { JitExecError } from '../../../../runtime/errors.ts';
import { folderFiles } from '../../../planner/store/folder.ts';
import { Store } from '../../../planner/store/store.ts';
import { JOB_TITLE } from '../../../planner/work/job-spec.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { complain, jsonLine, printable, writeAll } from '../../output.ts';

export function store(args: Arguments): number {
  const directory = args.directory as string;
  if (!existsSync(directory)) throw new JitExecError('FILE_UNREADABLE', `cannot read ${directory}: no such folder`);
  const kept = new Store(folderFiles(directory), `${process.pid}`);
  const { sound, damaged, unused } =
    args.action === 'list' ? { sound: kept.list(), damaged: [], unused: [] } : kept.verify();
  const removed = args.action === 'gc' ? kept.collect(({ title }) => !title.startsWith(JOB_TITLE)) : undefined;
  const bytes = sound.reduce((all, record) => all + record.bytes, 0);
  const report = { schema: 1, version: VERSION, kind: 'store', artefacts: sound, bytes, damaged, unused, removed };
  const lines = [
    ...sound.map(({ key, title, bytes: size }) => `${key.slice(0, 16)} ${String(size).padStart(10)} ${title}`),
    `${sound.length} artefacts, ${bytes} bytes${removed === undefined ? '' : `; ${removed} files removed`}`,
  ];
  writeAll(1, args.json ? jsonLine(report) : printable(lines.map(line => `${line}\n`).join('')));
  if (args.action !== 'verify' || damaged.length === 0) return 0;
  for (const { path, reason } of damaged) complain(`store: ${path}: ${reason}`);
  throw new JitExecError('STORE_INVALID', `store: ${damaged.length} of its artefacts are damaged; gc removes them`);
}
