// Run by the build: writes the manual page from what --help says.

import { mkdirSync, writeFileSync } from 'node:fs';
import { manPage } from '../command/arguments/man-page.ts';
import { COMMAND_OPTIONS } from '../command/arguments/options.ts';
import { parse } from '../command/main.ts';
import { VERSION } from '../version.ts';

const folder = new URL('../../man/', import.meta.url);
const pages: { command: string; text: string }[] = [];
for (const command of ['', ...Object.keys(COMMAND_OPTIONS).filter(name => name !== 'run')]) {
  const { text } = await parse([...(command === '' ? [] : [command]), '--help']);
  pages.push({ command, text });
}
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('jit-exec.1', folder), manPage(VERSION, pages));
