// The thread that a program runs in: a page that is opened from disk may start threads only from text that it has.

/** Runs in the thread, with the library's own text beside it. */
function threadMain(makeLibrary) {
  const { execute, dumpFunction, cost, costSegments, openPageGpu, columnsOnDevice, ...prover } = makeLibrary();
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
  /** In the library's own JSON. */
  const costs = ({ program, options }) => {
    const found = (cost ?? costSegments)(program, options);
    postMessage({ kind: 'costs', found: JSON.parse(JSON.stringify(found)) });
  };
  /** Columns of a shard on the browser's own WebGPU; `adapter`: part of the name of one that the processor computes. */
  const columns = async ({ program, options, adapter }) => {
    const device = await openPageGpu(adapter === '' ? {} : { adapter });
    postMessage({ kind: 'device', info: device.info });
    try {
      const onChip = chip => postMessage({ kind: 'chip', chip });
      const { shard } = await columnsOnDevice(program, device, { ...options, onChip });
      postMessage({ kind: 'columns', shard });
    } finally {
      await device.close();
    }
  };
  /** Proves a run and verifies the proofs; `key`: the text of the machine's. */
  const prove = ({ program, options, key, queries }) => {
    const { proveInThread, readVerifyingKey, APP_PARAMETERS } = prover;
    const onStage = (stage, segment) => postMessage({ kind: 'stage', stage, segment });
    const parameters = { ...APP_PARAMETERS, queries };
    const proved = proveInThread(program, readVerifyingKey(key), { ...options, parameters, onStage });
    postMessage({ kind: 'proved', proved });
  };
  const answers = { run, code, costs, columns, prove };
  globalThis.onmessage = async ({ data }) => {
    try {
      await answers[data.kind](data);
    } catch (error) {
      postMessage({ kind: 'error', text: `${error.code ?? error.name}: ${error.message}` });
    }
  };
}

/** A thread that answers by `onMessage`; `library` is what a bundle is made by. */
function startThread(onMessage, library = jitExecModule) {
  const text = `(${threadMain})(${library})`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onerror = ({ message }) => onMessage({ kind: 'error', text: message });
  return { send: message => worker.postMessage(message), end: () => worker.terminate() };
}

/** Another bundle, when it is first asked for: gives what it is made by. */
function loadModule(file, name) {
  return new Promise((resolve, reject) => {
    if (globalThis[name] !== undefined) return resolve(globalThis[name]);
    const script = document.createElement('script');
    script.src = `../../dist/browser/${file}.js`;
    script.onload = () => resolve(globalThis[name]);
    script.onerror = () => reject(new Error(`${script.src} is not there: npm run bundle`));
    document.head.append(script);
  });
}

Object.assign(globalThis, { startThread, loadModule });
