// Where the host forbids generated code, the interpreters that the build wrote.

import { canGenerate } from '../../../engine/interpreters.ts';

/** Beside the folder of the command's files. */
const WRITTEN = new URL('../src/engine/prebuilt-interpreters.js', import.meta.url);

export async function registerWrittenInterpreters(): Promise<void> {
  if (!canGenerate()) await import(WRITTEN.href);
}
