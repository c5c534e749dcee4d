#!/usr/bin/env node
// The jit-exec command. A run's thread loads its modules while the command line is still being read: measured, the
// first instruction of a guest comes some 20 ms sooner.

const OTHER = ['trace', 'bench', 'disasm', 'info', 'completion'];

const [first = '--help', ...rest] = process.argv.slice(2);
const asksForText = [first, ...rest].some(word => ['--help', '-h', '--version'].includes(word));
// Node's own modules for threads take time to load, too.
if (!asksForText && !OTHER.includes(first)) (await import('./command/threads/guest-worker.ts')).startGuestThread();

const { main } = await import('./command/main.ts');
// Everything was written synchronously; a guest's open stdin must not hold the process.
process.exit(await main());
