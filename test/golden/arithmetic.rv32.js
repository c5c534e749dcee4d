const {R, F, I8, U8, I16, U16, I32, S8, S16, S32, imul, mulh32, mulhu32, mulhsu32, refuel, ecallAt, callAt, jumpAt, interpretAt, unwindTo, placeOfLoad, placeOfStore, loadIntoSink, storeOrLeave} = abi;
return function code_10000(depth) {
  let fuel = R[66], at = 0, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a7 = 0, t0 = 0;
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
      a0 = R[20];
      a1 = R[22];
      a2 = R[24];
      a3 = R[26];
      a4 = R[28];
      L1: {
        L0: for (; ; ) {
          if (fuel < 10 && (fuel = refuel(fuel)) < 10) {
            at = 65536;
            break exit0;
          }
          fuel -= 5;
          a0 = a0 + 1 | 0;
          a1 = a0 >> 3;
          a3 = a1 >>> 0 < a2 >>> 0 ? 1 : 0;
          a4 = mulhu32(a0, a2);
          if (a4 >>> 0 >= a3 >>> 0) {
            fuel -= 1;
            a2 = a2 - a0 | 0;
          }
          fuel -= 2;
          t0 = a0 < 90 ? 1 : 0;
          if (t0 !== 0) {
            continue L0;
          } else {
            break L1;
          }
        }
      }
      fuel -= 2;
      a7 = 0;
      R[10] = t0;
      R[20] = a0;
      R[22] = a1;
      R[24] = a2;
      R[26] = a3;
      R[28] = a4;
      R[34] = a7;
      R[66] = fuel;
      if ((at = ecallAt(65572)) !== 65576) return at;
      fuel = R[66];
      if (fuel < 0) {
        at = 65576;
        break exit1;
      }
      R[66] = fuel;
      R[68] = 65576;
      return interpretAt(depth + 1, 0);
    }
    R[10] = t0;
    R[20] = a0;
    R[22] = a1;
    R[24] = a2;
    R[26] = a3;
    R[28] = a4;
    R[66] = fuel;
    R[68] = at;
    return interpretAt(depth + 1, 65536);
  }
  R[66] = fuel;
  R[68] = at;
  return interpretAt(depth + 1, 65536);
};
//# sourceURL=guest/code_10000.js
