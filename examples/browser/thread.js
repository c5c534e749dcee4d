// The thread that a program runs in: a page that is opened from disk may start threads only from text that it has.

/** Runs in the thread, with the library's own text beside it. */
function threadMain(makeLibrary) {
  const { execute, dumpFunction } = makeLibrary();
  const decoder = new TextDecoder();
  const write = bytes => postMessage({ kind: 'output', text: decoder.decode(bytes, { stream: true }) });
  const run = ({ program, options }) => {
    const all = { ...options, stdout: write, stderr: write, profile: 'instructions' };
    const { callTree, exit, ...result } = execute(program, all);
    const { registers: _registers, publicValues, ...rest } = result;
    postMessage({ kind: 'done', result: { ...rest, exit, publicValues }, callTree });
  };
  const code = ({ program, name, options }) => {
    const wanted = { name: options.name, machine: options.machine };
    postMessage({ kind: 'code', text: dumpFunction(program, name, wanted) });
  };
  globalThis.onmessage = ({ data }) => {
    try {
      if (data.kind === 'run') run(data);
      else code(data);
    } catch (error) {
      postMessage({ kind: 'error', text: `${error.code ?? error.name}: ${error.message}` });
    }
  };
}

/** A thread that answers by `onMessage`; `jitExecModule` is what the bundle of the library is made by. */
function startThread(onMessage) {
  const text = `(${threadMain})(${jitExecModule})`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = ({ message }) => onMessage({ kind: 'error', text: message });
  return { send: message => worker.postMessage(message), end: () => worker.terminate() };
}

Object.assign(globalThis, { startThread });
