#!/bin/bash
# Tests and bench of the GPU on a machine that has a GPU's driver and nothing else: no Node, no packages, no network.
#
#   bench/gpu.sh pack [folder]     here: puts all that is needed into a folder (default .gpu), some 30 MB
#   folder/gpu.sh [seconds]        there: probe, tests, whole shards, bench; results go to $OUT or the folder, as they come
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
  cp "$root/bench/sp1-guests/bin/block.sp1.elf" "$root"/examples/guests/bin/{fibonacci.sp1,tiny-ops.openvm}.elf "$folder/"
  pack_command "$root" "$folder"
  bundle "$root/bench/gpu.ts" "$folder/bench.mjs" --external:webgpu
  bundle "$root/bench/gpu-shard.ts" "$folder/shard.mjs" --external:webgpu
  bundle "$root/bench/gpu-prover.ts" "$folder/prover.mjs" --external:webgpu
  cp "$root/src/proof/keys/openvm-1.4.0-rv32im.json" "$folder/key.json"
  bundle "$root/runtime/gpu/webgpu-thread.node.ts" "$folder/thread.mjs" --external:webgpu
  for test in "$root"/test/runtime/gpu/*.test.ts; do
    # It needs no driver, and files of the sources.
    case $test in *validation*) continue ;; esac
    bundle "$test" "$folder/test/runtime/gpu/$(basename "${test%.ts}").mjs" --external:webgpu --external:esbuild \
      --alias:vitest="$root/test/runtime/gpu/bare-vitest.ts"
  done
  stamp="$(node --version) $(grep '"version"' "$root/node_modules/webgpu/package.json")"
  if [ "$stamp" != "$(cat "$folder/payload.stamp" 2>/dev/null)" ]; then
    pack_payload "$root" "$folder/payload.tar.xz" && echo "$stamp" >"$folder/payload.stamp"
  fi
  du -sh "$folder"
}

# The command with what it imports.
pack_command() {
  (cd "$1" && npm run --silent build && npm pack --ignore-scripts --silent --pack-destination "$2") >/dev/null
  rm -rf "$2/app"
  mkdir -p "$2/app/node_modules/@noble"
  tar -C "$2/app" -xzf "$2"/jit-exec-*.tgz
  rm "$2"/jit-exec-*.tgz
  cp -r "$1/node_modules/astring" "$2/app/node_modules/"
  cp -r "$1"/node_modules/@noble/{curves,hashes} "$2/app/node_modules/@noble/"
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
  cp -r "$here"/*.mjs "$here"/*.elf "$here/key.json" "$here/test" "$here/app" "$home/"
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
  GPU_PROGRAM=block.sp1.elf GPU_INPUT=200 timeout $((seconds / 3)) ./node shard.mjs 2>&1 | tee "$out/shard.txt" | cut -c1-1500
  command_shards 2>&1 | tee "$out/command.txt"
  GPU_KEY=key.json timeout $((seconds / 4)) ./node prover.mjs 2>&1 | tee "$out/prover.txt" | cut -c1-1500
  command_proofs 2>&1 | tee "$out/proofs.txt"
  if [ -z "${GPU_SKIP_BENCH:-}" ]; then timeout $((seconds * 2 / 3)) ./node bench.mjs 2>&1 | tee "$out/bench.txt" | cut -c1-1500; fi
  if [ -z "${GPU_SKIP_TESTS:-}" ]; then tests $((seconds / 3)) test/runtime/gpu/*.slow.test.mjs; fi
}

# Shards by the command with a GPU and without: the same digests.
command_shards() {
  local guest mode
  for guest in "fibonacci 20" "block 40"; do
    set -- $guest
    for mode in off on auto; do
      echo "== $1 --input-u64 $2 --gpu $mode"
      rm -rf "traced-$mode"
      timeout 100 ./node app/package/dist/cli/cli.js trace "$1.sp1.elf" --input-u64 "$2" -o "traced-$mode" --until traces --digests-only \
        --gpu $mode ${GPU_ADAPTER:+--gpu-adapter $GPU_ADAPTER} --json -q >"$mode.json"
      echo "status $?"
      ./node -e 'const i=JSON.parse(require("fs").readFileSync(process.argv[1]+"/index.json"));const c=i.shards.flatMap(s=>s.chips);
        const all=JSON.stringify([c.map(x=>[x.name,x.sha256]),i.shards.map(s=>s.publicValues)]);
        console.log(JSON.stringify({shards:i.shards.length,chips:c.length,onGpu:c.filter(x=>x.device==="gpu").length,seconds:i.seconds,pipeline:i.pipeline,
        gpu:i.gpu,digest:require("crypto").createHash("sha256").update(all).digest("hex")}))' "traced-$mode"
    done
  done
}

# A run of OpenVM by the command with a GPU and without: the same proofs, and columns with the same digests.
command_proofs() {
  local mode
  for mode in off on auto; do
    rm -rf "proofs-$mode" "segments-$mode"
    echo "== tiny-ops --gpu $mode"
    timeout 100 ./node app/package/dist/cli/cli.js prove tiny-ops.openvm.elf --input-hex 0102030405060708090a0b --input-hex aabbccdd \
      -o "proofs-$mode" --gpu $mode ${GPU_ADAPTER:+--gpu-adapter $GPU_ADAPTER} --json -q >"proofs-$mode.json"
    echo "status $?"
    ./node -e 'const i=JSON.parse(require("fs").readFileSync(process.argv[1]+".json"));
      console.log(JSON.stringify({seconds:i.seconds,gpu:i.gpu,run:i.run.sha256}))' "proofs-$mode"
    timeout 100 ./node app/package/dist/cli/cli.js trace tiny-ops.openvm.elf --input-hex 0102030405060708090a0b --input-hex aabbccdd \
      -o "segments-$mode" --until traces --digests-only --gpu $mode ${GPU_ADAPTER:+--gpu-adapter $GPU_ADAPTER} --json -q >"segments-$mode.json"
    ./node -e 'const a=JSON.parse(require("fs").readFileSync(process.argv[1]+".json")).segments.flatMap(s=>s.airs);
      console.log(JSON.stringify({airs:a.length,onGpu:a.filter(x=>x.device==="gpu").length,
      digest:require("crypto").createHash("sha256").update(JSON.stringify(a.map(x=>[x.name,x.sha256]))).digest("hex")}))' "segments-$mode"
  done
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
