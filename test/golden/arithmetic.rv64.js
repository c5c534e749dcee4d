const {R, F, I8, U8, I16, U16, I32, S8, S16, S32, imul, mulhu32, mulhU64, mulhS64, mulhSU64, divU64, remU64, divS64, remS64, refuel, ecallAt, callAt, jumpAt, interpretAt, unwindTo, placeOfLoad, placeOfStore, loadIntoSink, storeOrLeave} = abi;
return function code_10000(depth) {
  let fuel = R[66], at = 0, $0 = 0, a0 = 0, a0h = 0, a1 = 0, a1h = 0, a2 = 0, a2h = 0, a3 = 0, a3h = 0, a4 = 0, a4h = 0, a7 = 0, a7h = 0, t0 = 0, t0h = 0;
  exit1: {
    exit0: {
      if (R[66] < 1 || depth >>> 0 > 300) {
        switch (depth) {
          case -1:
            break exit0;
          case -2:
            break exit1;
        }
        R[68] = 65536;
        return 1;
      }
      t0 = R[10];
      t0h = R[11];
      a0 = R[20];
      a0h = R[21];
      a1 = R[22];
      a1h = R[23];
      a2 = R[24];
      a2h = R[25];
      a3 = R[26];
      a3h = R[27];
      a4 = R[28];
      a4h = R[29];
      L1: {
        L0: for (; ; ) {
          if (fuel < 11 && (fuel = refuel(fuel)) < 11) {
            at = 65536;
            break exit0;
          }
          fuel -= 5;
          $0 = a0 + 1 | 0;
          a0h = a0h + ($0 >>> 0 < 1 ? 1 : 0) | 0;
          a0 = $0;
          a1h = a0h >> 3;
          a1 = a0 >>> 3 | a0h << 29;
          a3 = (a1h === a2h ? a1 >>> 0 < a2 >>> 0 : a1h >>> 0 < a2h >>> 0) ? 1 : 0;
          $0 = mulhU64(a0, a0h, a2, a2h);
          a4h = R[78];
          a4 = $0;
          if (!(a4h === 0 ? a4 >>> 0 < a3 >>> 0 : a4h >>> 0 < 0)) {
            fuel -= 2;
            a2 = a2 + a3 | 0;
            a2h = ((a2 >> 31) - a0h | 0) - (a2 >>> 0 < a0 >>> 0 ? 1 : 0) | 0;
            a2 = a2 - a0 | 0;
          }
          fuel -= 2;
          t0 = (a0h === 0 ? a0 >>> 0 < 90 : a0h < 0) ? 1 : 0;
          if (t0 !== 0) {
            t0h = 0;
            a3h = 0;
            continue L0;
          } else {
            break L1;
          }
        }
      }
      fuel -= 2;
      a7 = 0;
      R[10] = t0;
      R[11] = 0;
      R[20] = a0;
      R[21] = a0h;
      R[22] = a1;
      R[23] = a1h;
      R[24] = a2;
      R[25] = a2h;
      R[26] = a3;
      R[27] = 0;
      R[28] = a4;
      R[29] = a4h;
      R[34] = a7;
      R[35] = 0;
      R[66] = fuel;
      if ((at = ecallAt(65576)) !== 65580) return at;
      fuel = R[66];
      if (fuel < 0) {
        at = 65580;
        break exit1;
      }
      R[66] = fuel;
      R[68] = 65580;
      return interpretAt(depth + 1, 0);
    }
    R[10] = t0;
    R[11] = t0h;
    R[20] = a0;
    R[21] = a0h;
    R[22] = a1;
    R[23] = a1h;
    R[24] = a2;
    R[25] = a2h;
    R[26] = a3;
    R[27] = a3h;
    R[28] = a4;
    R[29] = a4h;
    R[66] = fuel;
    R[68] = at;
    return interpretAt(depth + 1, 65536);
  }
  R[66] = fuel;
  R[68] = at;
  return interpretAt(depth + 1, 65536);
};
//# sourceURL=guest/code_10000.js
