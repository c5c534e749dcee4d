// Verifying in a page: the bundle of `jit-exec/verify` is small, without the executor, and needs nothing of Node.

import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { small, smallParameters } from './openvm-vectors.ts';

const MAX_BYTES = 30_000;

it('works with what a page has', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['src/verify.ts'],
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'verifier',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const text = outputFiles[0]!.text;
  expect(Object.keys(metafile.inputs).filter(path => !/^(src\/(proof|verify)|runtime)/.test(path))).toEqual([]);
  expect(text.length).toBeLessThan(MAX_BYTES);

  const context = vm.createContext({
    key: JSON.stringify(small.vk),
    proof: JSON.stringify(small.proof_serde),
    damaged: JSON.stringify(small.proof_serde).replace('"degree":16', '"degree":32'),
    parameters: JSON.stringify(smallParameters),
  });
  const script = `${text}
    const verdict = text => {
      try {
        verifier.verifyProof(verifier.readVerifyingKey(key), verifier.proofFromJson(text), JSON.parse(parameters));
        return 'ok';
      } catch (error) {
        return error.verdict;
      }
    };
    [verdict(proof), verdict(damaged)].join();`;
  expect(vm.runInContext(script, context)).toBe('ok,InvalidOpeningArgument("InvalidPowWitness")');
});
