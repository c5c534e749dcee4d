// The generated programs of random-programs.test.ts for two minutes instead of some seconds.

process.env.FUZZ_SECONDS ??= '120';
await import('./random-programs.test.ts');

export {};
