// The life of a thread that fills columns with others: it sleeps at a bell and takes its messages itself, so that nothing of it
// waits for an event loop.

import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Bell } from '../../../runtime/trace/bell.ts';
import type { CodeExchange, SharedCode } from '../../engine/code/region-modules.ts';
import type { ChipModule, ModuleExchange } from '../fill.ts';
import { sentError } from './sent-error.ts';

export interface Labour<Message> {
  readonly bell: Bell;
  hear(message: Message): void;
  /** Does some of what there is to do without a message; false where there is nothing. */
  work(): boolean;
  /** It is about to sleep. */
  rest(): void;
  /** Nobody wants more. */
  end(): void;
}

/** What threads give each other as they compile it. */
export interface Exchanges {
  readonly fillers: ModuleExchange;
  readonly code: CodeExchange;
}

/** Works until the bell says that it is over. `channel`: the name of where threads give each other what they have compiled. */
export function workOn<Message>(
  channel: string,
  port: MessagePort,
  worker: number,
  make: (exchanges: Exchanges) => Labour<Message>,
): void {
  const exchange = new BroadcastChannel(channel);
  try {
    workUntilStopped(make(exchangesOn(exchange)), () => receiveMessageOnPort(port)?.message);
  } catch (error) {
    port.postMessage({ worker, kind: 'error', error: sentError(error) });
  } finally {
    exchange.close();
  }
}

function workUntilStopped<Message>(labour: Labour<Message>, next: () => Message | undefined): void {
  const { bell } = labour;
  while (!bell.isStopped) {
    const { rung } = bell;
    const message = next();
    if (message !== undefined) labour.hear(message);
    else if (!labour.work()) {
      labour.rest();
      bell.wait(rung);
    }
  }
  labour.end();
}

type Given = { readonly filler: ChipModule } | { readonly code: SharedCode };

function exchangesOn(channel: BroadcastChannel): Exchanges {
  // Node takes channels too, which its types do not say.
  const port = channel as unknown as MessagePort;
  const waiting = { fillers: [] as ChipModule[], code: [] as SharedCode[] };
  const receive = (): typeof waiting => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      const given: Given = next.message;
      if ('filler' in given) waiting.fillers.push(given.filler);
      else waiting.code.push(given.code);
    }
    return waiting;
  };
  const give = (given: Given): void => channel.postMessage(given);
  return {
    fillers: { take: () => receive().fillers.splice(0), give: filler => give({ filler }) },
    code: { take: () => receive().code.splice(0), give: code => give({ code }) },
  };
}
