/* A few thousand instructions of every kind whose registers do not depend on where the host puts the stack. */
typedef unsigned long word;
typedef unsigned int u32;
typedef unsigned char u8;

static u32 items[64];
static u8 bytes[96];
static volatile word result;

static word seed = 88172645463325252u % (word)-1;

static word random(void) {
  seed ^= seed << 7;
  seed ^= seed >> 9;
  return seed * 2862933555777941757u + 3037000493u;
}

static word add(word a, word b) { return a + b; }
static word quotient(word a, word b) { return (word)((long)a / (long)b) ^ (a % b); }
static word shifted(word a, word b) { return (a << (b & 31)) | (word)((long)a >> (b & 15)); }
#if __riscv_xlen == 64
static word product(word a, word b) { return (word)(((unsigned __int128)a * b) >> 64); }
#else
static word product(word a, word b) { return (word)(((long long)(long)a * (long)b) >> 32); }
#endif

static word (*const volatile operations[])(word, word) = {add, quotient, shifted, product};

static void sort(int low, int high) {
  if (low >= high) return;
  u32 pivot = items[(low + high) / 2];
  int i = low, j = high;
  while (i <= j) {
    while (items[i] < pivot) i++;
    while (items[j] > pivot) j--;
    if (i <= j) {
      u32 swapped = items[i];
      items[i++] = items[j];
      items[j--] = swapped;
    }
  }
  sort(low, j);
  sort(i, high);
}

static u32 crc(const u8 *data, int length) {
  u32 sum = ~0u;
  for (int i = 0; i < length; i++) {
    sum ^= data[i];
    for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (0xedb88320u & -(sum & 1));
  }
  return ~sum;
}

static word step(word state, int kind) {
  switch (kind) {
    case 0: return state + 17;
    case 1: return state * 5;
    case 2: return ~state;
    case 3: return state >> 3;
    case 4: return (word)(signed char)state;
    case 5: return (word)(short)state ^ 0x1234;
    default: return state - 1;
  }
}

int main(void) {
  for (int i = 0; i < 64; i++) items[i] = (u32)random();
  sort(0, 63);
  for (int i = 0; i < 96; i++) bytes[i] = (u8)(items[i % 64] >> (i % 25));
  word state = crc(bytes, 96);
  for (int i = 0; i < 200; i++) {
    word r = random();
    state = operations[r & 3](state, r | 1);
    state = step(state, (int)(r >> 4) & 7);
    *(short *)(bytes + 2 * (i % 48)) = (short)state;
    state ^= *(int *)(bytes + 4 * (i % 24));
  }
  result = state;
  return (int)(state & 127);
}
