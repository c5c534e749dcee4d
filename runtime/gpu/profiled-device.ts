// A device all of whose runs are measured.

import type { Device, StepSpan } from './device.ts';

/** `hear` is told what each run did, when it has ended. */
export function profiledDevice(device: Device, hear: (spans: readonly StepSpan[]) => void): Device {
  return {
    info: device.info,
    permit: device.permit,
    lost: device.lost,
    prepare: kernels => device.prepare(kernels),
    allocate: (bytes, label) => device.allocate(bytes, label),
    release: buffer => device.release(buffer),
    async run(steps, options) {
      const report = await device.run(steps, { ...options, profile: true });
      hear(report.spans ?? []);
      return report;
    },
    trim: () => device.trim(),
    close: () => device.close(),
  };
}
