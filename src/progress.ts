// Signs of life on stderr while a guest runs: a line that is rewritten on a terminal, otherwise one now and then.

const TERMINAL_MILLISECONDS = 1000;
const LOG_MILLISECONDS = 30_000;

/** Starts showing how long it takes; the returned function ends that and cleans the line up. */
export function startProgress(what: string): () => void {
  const { stderr } = process;
  const rewrites = stderr.isTTY && !process.env.CI;
  const started = performance.now();
  let shown = false;
  const show = (): void => {
    const text = `jit-exec: ${what}, ${Math.round((performance.now() - started) / 1000)} s`;
    stderr.write(rewrites ? `\r${text}` : `${text}\n`);
    shown = true;
  };
  const timer = setInterval(show, rewrites ? TERMINAL_MILLISECONDS : LOG_MILLISECONDS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (shown && rewrites) stderr.write('\r\x1b[K');
  };
}
