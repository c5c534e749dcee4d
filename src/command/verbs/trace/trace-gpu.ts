// The device that a trace's columns may be filled on, or a proof computed: asked for, taken where there is one, or left alone.

import { JitExecError } from '../../../../runtime/errors.ts';
import type { Device, StepSpan } from '../../../../runtime/gpu/device.ts';
import { profiledDevice } from '../../../../runtime/gpu/profiled-device.ts';
import type { GpuPolicy } from '../../../tracegen/device/requests.ts';
import type { DeviceService, DeviceServiceOptions } from '../../../tracegen/device/service.ts';
import type { Arguments } from '../../command.ts';
import { complain } from '../../output.ts';
import { writeResult } from '../write-result.ts';
import { chromeTrace } from './gpu-profile.ts';

export interface TraceGpu<Service = DeviceService> {
  readonly service: Service;
  readonly policy: GpuPolicy;
  /** For the object of `--json`. */
  readonly json: { readonly adapter: string; readonly software: boolean; readonly driver: string };
  close(): Promise<void>;
}

/**
 * `serviceOf`: what it is asked by; `alone`: what the processor does without. Undefined where there is none, which `--gpu auto` says once.
 * @throws JitExecError where `--gpu on` or `--gpu-adapter` asks for one that cannot be had.
 */
export async function openTraceGpu<Service>(
  args: Arguments,
  serviceOf: (device: Device, options: DeviceServiceOptions) => Service,
  alone = 'fills all columns',
): Promise<TraceGpu<Service> | undefined> {
  const adapter = args['gpu-adapter'] as string | undefined;
  const isAsked = args.gpu === 'on' || adapter !== undefined;
  if (args.gpu === 'off') return undefined;
  const say = (text: string): void => {
    if (args.quiet !== true) complain(text);
  };
  const profile = args['gpu-profile'];
  const spans: StepSpan[] = [];
  let device: Device;
  if (!isAsked) {
    const { canLookForAdapters, driverTrouble } = await import('../../../../runtime/gpu/vulkan.node.ts');
    if (!canLookForAdapters()) {
      say(`no GPU, the processor ${alone}: ${driverTrouble()}`);
      return undefined;
    }
  }
  try {
    const { openGpu } = await import('../../../../runtime/gpu/thread-device.node.ts');
    device = await openGpu(adapter === undefined ? {} : { adapter });
    if (typeof profile === 'string') device = profiledDevice(device, heard => spans.push(...heard));
  } catch (error) {
    if (isAsked || !(error instanceof JitExecError)) throw error;
    say(`no GPU, the processor ${alone}: ${error.message}`);
    return undefined;
  }
  const service = serviceOf(device, {
    onFailure: error => say(`the GPU failed, the processor goes on: ${error.message}`),
  });
  const { software, driver } = device.info;
  return {
    service,
    policy: isAsked ? 'all' : 'paying',
    json: { adapter: device.info.adapter, software, driver },
    async close() {
      await device.close();
      if (typeof profile === 'string') writeResult(profile, chromeTrace(device.info.adapter, spans));
    },
  };
}
