/* riscv64-unknown-elf-gcc 12.2 (Debian), binutils 2.40:
 *   for b in 32 64; do
 *     [ $b = 32 ] && m="-march=rv32imc -mabi=ilp32" || m="-march=rv64im -mabi=lp64"
 *     riscv64-unknown-elf-gcc $m -O1 -nostdlib -static -Wl,--build-id=sha1 -o fib$b.elf fib.c
 *     riscv64-unknown-elf-nm -S fib$b.elf > fib$b.nm
 *     riscv64-unknown-elf-objdump -d -M no-aliases fib$b.elf > fib$b.objdump
 *   done
 * Exits with fib(10) = 55. */
volatile int counter;
static const int limit = 10;
int answer = 1;
__attribute__((noinline)) int fib(int n) {
  counter++;
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
void _start(void) {
  register long a0 __asm__("a0") = fib(limit) * answer;
  register long a7 __asm__("a7") = 93;
  __asm__ volatile("ecall" ::"r"(a0), "r"(a7));
  __builtin_unreachable();
}
