// Why there is no adapter: Dawn gives null and says the reason on stderr only, so the usual places are looked at.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const LOADER = 'libvulkan.so.1';
/** Where the loader looks by itself. */
const SEARCHED = ['/usr/local/etc', '/usr/local/share', '/etc', '/usr/share'].map(root => `${root}/vulkan/icd.d`);
/** Where containers get NVIDIA's driver, which the loader does not know. */
const UNSEARCHED = ['/usr/local/nvidia/share/vulkan/icd.d'];

/** What to install or change, for people. */
export function driverTrouble(platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'linux') return 'no adapter; update the driver of the GPU';
  if (!loaderLoads()) return `${LOADER} is missing; install the Vulkan loader (Debian, Ubuntu: apt install libvulkan1)`;
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named !== undefined) return `no adapter of the drivers in VK_DRIVER_FILES (${named}); name others or unset it`;
  const found = SEARCHED.flatMap(driverFiles);
  if (found.length > 0) {
    return `the Vulkan drivers that are there offer no usable adapter (${found.join(', ')}); update them, Mesa to 25 or later`;
  }
  const unsearched = UNSEARCHED.flatMap(driverFiles)[0];
  if (unsearched !== undefined) return `the Vulkan loader does not see the driver; set VK_DRIVER_FILES=${unsearched}`;
  return `no Vulkan driver (no file in ${SEARCHED.join(', ')}); install that of the GPU`;
}

/** Whether an adapter can be looked for without Dawn's own words on standard error. */
export const canLookForAdapters = (): boolean => process.platform !== 'linux' || loaderLoads();

function loaderLoads(): boolean {
  try {
    process.dlopen({ exports: {} }, LOADER);
    return true;
  } catch (error) {
    // It is no module of Node's; only that it was found matters.
    return !/cannot open shared object/.test(String(error));
  }
}

function driverFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => name.endsWith('.json'))
      .map(name => join(folder, name));
  } catch {
    return [];
  }
}
