#!/usr/bin/env node
// The jit-exec command: a plain `run` by itself, everything else after yargs has read it.

// Before anything of a newer Node is met.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`jit-exec: needs Node 20.19 or newer, this is Node ${process.versions.node}\n`);
  process.exit(76);
}

/** Words that no plain run begins with; who forgets one here only loses some milliseconds. */
const VERBS =
  '--help -h --version --get-yargs-completions trace cost bench disasm info work store profile plan verify batch diff worker completion';

const argv = process.argv.slice(2);
const [first = '--help'] = argv;
let status: number | undefined;
if (!VERBS.split(' ').includes(first)) {
  // The guest's thread loads its modules while the command line is read: its first instruction comes some 20 ms sooner.
  (await import('./command/threads/guest/guest-worker.ts')).startGuestThread();
  status = await (await import('./command/plain-run.ts')).plainRun(argv);
}
// Everything was written synchronously; a guest's open stdin must not hold the process.
process.exit(status ?? (await (await import('./command/main.ts')).main()));
