#!/bin/bash
# Tests and bench of the GPU on a machine that has a GPU's driver and nothing else: no Node, no packages, no network.
#
#   bench/gpu.sh pack [folder]     here: puts all that is needed into a folder (default .gpu), some 30 MB
#   folder/gpu.sh [seconds]        there: probe, tests, bench; results go to $OUT or the folder, as they come
#
# Packing needs `npm ci`, and apt-get for the Vulkan loader and X libraries, which NVIDIA's driver links even without a
# screen; they are used where the machine has none.
set -u

pack() {
  local root folder bin stamp
  root=$(cd "$(dirname "$0")/.." && pwd)
  folder=${1:-$root/.gpu}
  bin=$root/node_modules/.bin
  mkdir -p "$folder"
  cp "$0" "$folder/gpu.sh"
  rm -rf "$folder"/*.mjs "$folder/test"
  mkdir -p "$folder/test/runtime/gpu" "$folder/test/vectors"
  cp -r "$root/test/vectors/sp1-rows" "$folder/test/vectors/"
  bundle "$root/bench/gpu.ts" "$folder/bench.mjs" --external:webgpu
  bundle "$root/runtime/gpu/webgpu-thread.node.ts" "$folder/thread.mjs" --external:webgpu
  for test in "$root"/test/runtime/gpu/*.test.ts; do
    bundle "$test" "$folder/test/runtime/gpu/$(basename "${test%.ts}").mjs" --external:webgpu --external:esbuild \
      --alias:vitest="$root/test/runtime/gpu/bare-vitest.ts"
  done
  stamp="$(node --version) $(grep '"version"' "$root/node_modules/webgpu/package.json")"
  if [ "$stamp" != "$(cat "$folder/payload.stamp" 2>/dev/null)" ]; then
    pack_payload "$root" "$folder/payload.tar.xz" && echo "$stamp" >"$folder/payload.stamp"
  fi
  du -sh "$folder"
}

bundle() {
  "$bin/esbuild" "$1" --bundle --platform=node --format=esm --log-level=warning --outfile="$2" "${@:3}"
}

# Node, the package webgpu without other platforms' bindings, libraries. Takes minutes.
pack_payload() {
  local work
  work=$(mktemp -d)
  mkdir -p "$work/payload/lib" "$work/debs" "$work/payload/node_modules/webgpu/dist"
  cp "$(node -p process.execPath)" "$work/payload/node"
  cp "$1"/node_modules/webgpu/{package.json,index.js,LICENSE.md} "$work/payload/node_modules/webgpu/"
  cp -r "$1/node_modules/webgpu/dist/linux-x64" "$work/payload/node_modules/webgpu/dist/"
  strip "$work/payload/node" "$work/payload/node_modules/webgpu/dist/linux-x64/dawn.node"
  (cd "$work/debs" && apt-get download libvulkan1 libegl1 libglvnd0 libx11-6 libxext6 libxcb1 libxau6 libxdmcp6 libbsd0 libmd0) ||
    echo "no packages of Debian: the machine must have libvulkan1, libx11-6 and libxext6" >&2
  for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/unpacked"; done
  find "$work/unpacked" -name '*.so.*' -exec cp -P {} "$work/payload/lib/" \;
  tar -C "$work/payload" -cf - . | nice xz -T2 -6 >"$2"
  rm -r "$work"
}

# Unpacks to $home, which then has node, the package webgpu, libraries and the scripts.
unpack() {
  home=${GPU_HOME:-/tmp/jit-exec-gpu}
  mkdir -p "$home"
  python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$here/payload.tar.xz" "$home" 2>/dev/null ||
    tar -C "$home" -xJf "$here/payload.tar.xz"
  cp -r "$here"/*.mjs "$here/test" "$home/"
}

# The driver's file, the loader, and what the driver links, where the machine does not offer them by itself.
find_driver() {
  export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64:/usr/local/nvidia/lib
  if ! ldconfig -p | grep -q 'libvulkan\.so\.1' || ! ldconfig -p | grep -q 'libXext\.so\.6'; then
    LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$home/lib
  fi
  export XDG_RUNTIME_DIR=$home
  local file
  for file in "${VK_DRIVER_FILES:-}" /usr/share/vulkan/icd.d/nvidia*.json /etc/vulkan/icd.d/nvidia*.json \
    /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json; do
    if [ -f "$file" ]; then
      export VK_DRIVER_FILES=$file VK_ICD_FILENAMES=$file
      break
    fi
  done
}

probe() {
  uname -srm
  nproc
  ldd --version | head -1
  nvidia-smi -L
  nvidia-smi --query-gpu=driver_version,memory.total,clocks.max.sm --format=csv,noheader
  echo "VK_DRIVER_FILES=${VK_DRIVER_FILES:-} LD_LIBRARY_PATH=$LD_LIBRARY_PATH"
  if [ -n "${VK_DRIVER_FILES:-}" ]; then
    cat "$VK_DRIVER_FILES"
    local library
    library=$(grep -o '"library_path"[^,}]*' "$VK_DRIVER_FILES" | cut -d'"' -f4)
    library=$(find /usr/local/nvidia /usr/lib /lib -name "$(basename "$library")" 2>/dev/null | head -1)
    echo "driver library: $library"
    ldd "$library" | grep 'not found'
  fi
  "$home/node" --version
}

run() {
  here=$(cd "$(dirname "$0")" && pwd)
  out=${OUT:-$here}
  local seconds=${1:-400}
  unpack && find_driver
  probe 2>&1 | tee "$out/probe.txt"
  export GPU_THREAD=$home/thread.mjs TEST_GPU_THREAD=$home/thread.mjs TEST_GPU_ADAPTER=${GPU_ADAPTER:-nvidia}
  export GPU_ADAPTER=${GPU_ADAPTER:-} GPU_SECONDS=$((seconds / 2))
  cd "$home" || exit 1
  if [ -z "${GPU_SKIP_TESTS:-}" ]; then tests $((seconds / 6)) $(ls test/runtime/gpu/*.test.mjs | grep -v slow); fi
  timeout $((seconds * 2 / 3)) ./node bench.mjs 2>&1 | tee "$out/bench.txt" | cut -c1-1500
  if [ -z "${GPU_SKIP_TESTS:-}" ]; then tests $((seconds / 3)) test/runtime/gpu/*.slow.test.mjs; fi
}

tests() {
  local test
  for test in "${@:2}"; do
    echo "== $test"
    timeout "$1" ./node "$test" 2>&1
    echo "status $?"
  done 2>&1 | tee -a "$out/tests.txt" | grep -v '^ok '
}

case ${1:-} in
pack) pack "${2:-}" ;;
*) run "$@" ;;
esac
