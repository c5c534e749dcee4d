const {R, F, I8, U8, I16, U16, I32, S8, S16, S32, imul, mulh32, mulhu32, mulhsu32, refuel, ecallAt, callAt, jumpAt, interpretAt, unwindTo, placeOfLoad, placeOfStore, loadIntoSink, storeOrLeave} = abi;
return function code_10004(depth) {
  let fuel = R[66], at = 0, $c = 0, a0 = 0, a7 = 0, s0 = 0, s1 = 0, t1 = 0, t2 = 0;
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
      t1 = R[12];
      t2 = R[14];
      s0 = R[16];
      s1 = R[18];
      a0 = R[20];
      L1: {
        L0: for (; ; ) {
          if (fuel < 12 && (fuel = refuel(fuel)) < 12) {
            at = 65540;
            break exit0;
          }
          fuel -= 6;
          t1 = 3;
          t2 = t1 === 0 ? s1 : (s1 >>> 0) % (t1 >>> 0) | 0;
          t2 = t2 << 2;
          t2 = t2 + s0 | 0;
          $c = t2 - 65536 | 0;
          if (($c & 0xfffe0003) !== 0) if (($c = placeOfLoad(t2, 0, 0, 4)) === -1) {
            at = 65556;
            fuel += 2;
            break exit0;
          }
          t2 = I32[$c >>> 2];
          switch (t2 & -2) {
            case 65564:
              fuel -= 2;
              a0 = a0 + 7 | 0;
              break;
            case 65580:
              fuel -= 1;
              a0 = a0 << 1;
              break;
            case 65572:
              fuel -= 2;
              a0 = ~a0;
              break;
            default:
              R[12] = t1;
              R[14] = t2;
              R[18] = s1;
              R[20] = a0;
              R[66] = fuel;
              return jumpAt(65560, t2 & -2, 0, depth + 1);
          }
          fuel -= 2;
          s1 = s1 - 1 | 0;
          if (s1 !== 0) {
            continue L0;
          } else {
            break L1;
          }
        }
      }
      fuel -= 2;
      a7 = 0;
      R[12] = t1;
      R[14] = t2;
      R[18] = s1;
      R[20] = a0;
      R[34] = a7;
      R[66] = fuel;
      if ((at = ecallAt(65596)) !== 65600) return at;
      fuel = R[66];
      if (fuel < 0) {
        at = 65600;
        break exit1;
      }
      R[66] = fuel;
      R[68] = 65600;
      return interpretAt(depth + 1, 0);
    }
    R[12] = t1;
    R[14] = t2;
    R[18] = s1;
    R[20] = a0;
    R[66] = fuel;
    R[68] = at;
    return interpretAt(depth + 1, 65540);
  }
  R[66] = fuel;
  R[68] = at;
  return interpretAt(depth + 1, 65540);
};
//# sourceURL=guest/code_10004.js
