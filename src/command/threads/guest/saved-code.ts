// Code that runs before have left in the folder of `--code-cache`.

import { KeptCode } from '../../../engine/code/kept-code.ts';
import type { KeepingOptions } from '../../../verbs/execute.ts';
import { codeFolder } from '../../code-folder.ts';
import type { RunRequest } from './guest-outcome.ts';

/** What a run is told of it. @throws USAGE where the folder is not the user's own. */
export function savedCode({ bytes, codeDirectory }: RunRequest): Pick<KeepingOptions, 'kept'> {
  if (codeDirectory === undefined) return {};
  return { kept: new KeptCode(undefined, { store: codeFolder(codeDirectory, bytes) }) };
}
