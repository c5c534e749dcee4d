const {R, F, B, D, Q, G, I8, U8, I16, U16, I32, S8, S16, S32, imul, mulhu32, mulhU64, mulhS64, mulhSU64, divU64, remU64, divS64, remS64, refuel, ecallAt, callAt, jumpAt, interpretAt, unwindTo, placeOfLoad, placeOfStore, loadIntoSink, storeOrLeave} = abi;
return function code_10004(depth) {
  let fuel = R[66], at = 0, $0 = 0, $c = 0, $s = 0, $t = 0, a0 = 0, a0h = 0, a7 = 0, a7h = 0, ra = 0, rah = 0, s0 = 0, s0h = 0, s1 = 0, s1h = 0;
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
      s1 = R[18];
      s1h = R[19];
      L1: {
        L0: for (; ; ) {
          if (fuel < 2) {
            R[70] = weight;
            if ((fuel = refuel(fuel)) < 2) {
              at = 65540;
              break exit0;
            }
            weight = R[70];
          }
          fuel -= 2;
          B[1]++;
          weight = weight + 875 | 0;
          a0h = s1h;
          a0 = s1;
          ra = 65548;
          R[2] = ra;
          R[3] = 0;
          R[18] = s1;
          R[19] = s1h;
          R[20] = a0;
          R[21] = a0h;
          R[66] = fuel;
          R[70] = weight;
          R[68] = 65568;
          if ((at = F[8](depth + 1)) !== 65548) return at;
          fuel = R[66];
          weight = R[70];
          s0 = R[16];
          s0h = R[17];
          s1 = R[18];
          s1h = R[19];
          a0 = R[20];
          a0h = R[21];
          if (fuel < 5) {
            at = 65548;
            break exit0;
          }
          fuel -= 3;
          B[2]++;
          weight = weight + 1452 | 0;
          $c = s0 - 65560 | 0;
          if (($c & 0xfffe0007 | s0h) !== 0) if (($c = placeOfStore(s0, s0h, 16, 8)) === -1) {
            at = 65548;
            fuel += 3;
            undone = 3;
            break exit0;
          }
          $s = $c + 40 >>> 3 << 1 >> 1;
          $t = R[73];
          Q[$t] = $s;
          R[73] = $t + 1 - G[$s];
          G[$s] = 1;
          $0 = $c >>> 2;
          S32[$0] = a0;
          S32[$0 + 1] = a0h;
          $0 = s1 - 1 | 0;
          s1h = s1h - 1 + ($0 >>> 0 < 4294967295 ? 1 : 0) | 0;
          s1 = $0;
          if (0 === s1h ? 0 < s1 >>> 0 : 0 < s1h) {
            continue L0;
          } else {
            break L1;
          }
        }
      }
      fuel -= 2;
      B[3]++;
      weight = weight + 1061 | 0;
      a7 = 0;
      R[18] = s1;
      R[19] = s1h;
      R[34] = a7;
      R[35] = 0;
      R[66] = fuel;
      R[70] = weight;
      if ((at = ecallAt(65564)) !== 65568) return at;
      fuel = R[66];
      weight = R[70];
      if (fuel < 0) {
        at = 65568;
        break exit1;
      }
      R[66] = fuel;
      R[70] = weight;
      R[68] = 65568;
      return F[8](depth + 1);
    }
    R[18] = s1;
    R[19] = s1h;
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
