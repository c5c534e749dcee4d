const {R, F, B, D, Q, G, I8, U8, I16, U16, I32, S8, S16, S32, imul, mulhu32, mulhU64, mulhS64, mulhSU64, divU64, remU64, divS64, remS64, refuel, ecallAt, callAt, jumpAt, interpretAt, unwindTo, placeOfLoad, placeOfStore, loadIntoSink, storeOrLeave} = abi;
return function code_10004(depth) {
  let fuel = R[66], at = 0, $0 = 0, $c = 0, $s = 0, $t = 0, a0 = 0, a0h = 0, a1 = 0, a1h = 0, a2 = 0, a2h = 0, a7 = 0, a7h = 0, s0 = 0, s0h = 0;
  let undone = 0, weight = R[70];
  exit1: {
    exit0: {
      if (R[66] < 1 || depth >>> 0 > 300) {
        switch (depth) {
          case -1:
            break exit0;
          case -2:
            break exit1;
        }
        R[68] = 65540;
        return 1;
      }
      s0 = R[16];
      s0h = R[17];
      a0 = R[20];
      a0h = R[21];
      a1 = R[22];
      a1h = R[23];
      a2 = R[24];
      a2h = R[25];
      L1: {
        L0: for (; ; ) {
          if (fuel < 6) {
            R[70] = weight;
            if ((fuel = refuel(fuel)) < 6) {
              at = 65540;
              break exit0;
            }
            weight = R[70];
          }
          fuel -= 4;
          B[0]++;
          weight = weight + 2234 | 0;
          $c = a1 - 65544 | 0;
          if (($c & 0xfffe0007 | a1h) !== 0) if (($c = placeOfLoad(a1, a1h, -8, 8)) === -1) {
            at = 65540;
            fuel += 4;
            undone = 4;
            break exit0;
          }
          $s = $c >>> 3 << 1 >> 1;
          $t = R[73];
          Q[$t] = $s;
          R[73] = $t + 1 - G[$s];
          G[$s] = 1;
          $0 = $c >>> 2;
          a2h = I32[$0 + 1];
          a2 = I32[$0];
          $0 = a1 - 8 | 0;
          a1h = a1h - 1 + ($0 >>> 0 < 4294967288 ? 1 : 0) | 0;
          a1 = $0;
          $0 = a0 + a2 | 0;
          a0h = a0h + a2h + ($0 >>> 0 < a0 >>> 0 ? 1 : 0) | 0;
          a0 = $0;
          if ((a1 ^ s0 | a1h ^ s0h) !== 0) {
            continue L0;
          } else {
            break L1;
          }
        }
      }
      fuel -= 2;
      B[1]++;
      weight = weight + 819 | 0;
      a7 = 0;
      R[20] = a0;
      R[21] = a0h;
      R[22] = a1;
      R[23] = a1h;
      R[24] = a2;
      R[25] = a2h;
      R[34] = a7;
      R[35] = 0;
      R[66] = fuel;
      R[70] = weight;
      if ((at = ecallAt(65560)) !== 65564) return at;
      fuel = R[66];
      weight = R[70];
      if (fuel < 0) {
        at = 65564;
        break exit1;
      }
      R[66] = fuel;
      R[70] = weight;
      R[68] = 65564;
      return interpretAt(depth + 1, 0);
    }
    R[20] = a0;
    R[21] = a0h;
    R[22] = a1;
    R[23] = a1h;
    R[24] = a2;
    R[25] = a2h;
    R[66] = fuel;
    R[70] = weight;
    R[71] = undone;
    R[68] = at;
    return interpretAt(depth + 1, 65540);
  }
  R[66] = fuel;
  R[70] = weight;
  R[71] = undone;
  R[68] = at;
  return interpretAt(depth + 1, 65540);
};
//# sourceURL=guest/code_10004.js
