const {R, F, I8, U8, I16, U16, I32, S8, S16, S32, imul, mulh32, mulhu32, mulhsu32, refuel, ecallAt, callAt, jumpAt, interpretAt, unwindTo, placeOfLoad, placeOfStore, loadIntoSink, storeOrLeave} = abi;
return function code_10004(depth) {
  let fuel = R[66], at = 0, $c = 0, a0 = 0, a1 = 0, a2 = 0, a7 = 0, s0 = 0;
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
      a0 = R[20];
      a1 = R[22];
      a2 = R[24];
      L1: {
        L0: for (; ; ) {
          if (fuel < 6 && (fuel = refuel(fuel)) < 6) {
            at = 65540;
            break exit0;
          }
          fuel -= 4;
          $c = a1 - 65544 | 0;
          if (($c & 0xfffe0003) !== 0) if (($c = placeOfLoad(a1, 0, -8, 4)) === -1) {
            at = 65540;
            fuel += 4;
            break exit0;
          }
          a2 = I32[$c >>> 2];
          a1 = a1 - 8 | 0;
          a0 = a0 + a2 | 0;
          if (a1 !== s0) {
            continue L0;
          } else {
            break L1;
          }
        }
      }
      fuel -= 2;
      a7 = 0;
      R[20] = a0;
      R[22] = a1;
      R[24] = a2;
      R[34] = a7;
      R[66] = fuel;
      if ((at = ecallAt(65560)) !== 65564) return at;
      fuel = R[66];
      if (fuel < 0) {
        at = 65564;
        break exit1;
      }
      R[66] = fuel;
      R[68] = 65564;
      return interpretAt(depth + 1, 0);
    }
    R[20] = a0;
    R[22] = a1;
    R[24] = a2;
    R[66] = fuel;
    R[68] = at;
    return interpretAt(depth + 1, 65540);
  }
  R[66] = fuel;
  R[68] = at;
  return interpretAt(depth + 1, 65540);
};
//# sourceURL=guest/code_10004.js
