const {R, F, I8, U8, I16, U16, I32, S8, S16, S32, imul, mulhu32, mulhU64, mulhS64, mulhSU64, divU64, remU64, divS64, remS64, refuel, ecallAt, callAt, jumpAt, interpretAt, unwindTo, placeOfLoad, placeOfStore, loadIntoSink, storeOrLeave} = abi;
return function code_10004(depth) {
  let fuel = R[66], at = 0, $0 = 0, $c = 0, a0 = 0, a0h = 0, a7 = 0, a7h = 0, s0 = 0, s0h = 0, s1 = 0, s1h = 0, t1 = 0, t1h = 0, t2 = 0, t2h = 0;
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
      t1h = R[13];
      t2 = R[14];
      t2h = R[15];
      s0 = R[16];
      s0h = R[17];
      s1 = R[18];
      s1h = R[19];
      a0 = R[20];
      a0h = R[21];
      L1: {
        L0: for (; ; ) {
          if (fuel < 12 && (fuel = refuel(fuel)) < 12) {
            at = 65540;
            break exit0;
          }
          fuel -= 6;
          t1 = 3;
          $0 = remU64(s1, s1h, t1, 0);
          t2h = R[78];
          t2 = $0;
          t2h = t2h << 3 | t2 >>> 29;
          t2 = t2 << 3;
          $0 = t2 + s0 | 0;
          t2h = t2h + s0h + ($0 >>> 0 < t2 >>> 0 ? 1 : 0) | 0;
          t2 = $0;
          $c = t2 - 65536 | 0;
          if (($c & 0xfffe0007 | t2h) !== 0) if (($c = placeOfLoad(t2, t2h, 0, 8)) === -1) {
            at = 65556;
            fuel += 2;
            t1h = 0;
            break exit0;
          }
          $0 = $c >>> 2;
          t2h = I32[$0 + 1];
          t2 = I32[$0];
          switch (t2h === 0 ? t2 & -2 : 1) {
            case 65564:
              fuel -= 2;
              $0 = a0 + 7 | 0;
              a0h = a0h + ($0 >>> 0 < 7 ? 1 : 0) | 0;
              a0 = $0;
              break;
            case 65580:
              fuel -= 1;
              a0 = a0 + 1 | 0;
              a0h = a0 >> 31;
              break;
            case 65572:
              fuel -= 2;
              a0h = ~a0h;
              a0 = ~a0;
              break;
            default:
              R[12] = t1;
              R[13] = 0;
              R[14] = t2;
              R[15] = t2h;
              R[18] = s1;
              R[19] = s1h;
              R[20] = a0;
              R[21] = a0h;
              R[66] = fuel;
              return jumpAt(65560, t2 & -2, t2h, depth + 1);
          }
          fuel -= 2;
          $0 = s1 - 1 | 0;
          s1h = s1h - 1 + ($0 >>> 0 < 4294967295 ? 1 : 0) | 0;
          s1 = $0;
          if ((s1 | s1h) !== 0) {
            t1h = 0;
            continue L0;
          } else {
            break L1;
          }
        }
      }
      fuel -= 2;
      a7 = 0;
      R[12] = t1;
      R[13] = 0;
      R[14] = t2;
      R[15] = t2h;
      R[18] = s1;
      R[19] = s1h;
      R[20] = a0;
      R[21] = a0h;
      R[34] = a7;
      R[35] = 0;
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
    R[13] = t1h;
    R[14] = t2;
    R[15] = t2h;
    R[18] = s1;
    R[19] = s1h;
    R[20] = a0;
    R[21] = a0h;
    R[66] = fuel;
    R[68] = at;
    return interpretAt(depth + 1, 65540);
  }
  R[66] = fuel;
  R[68] = at;
  return interpretAt(depth + 1, 65540);
};
//# sourceURL=guest/code_10004.js
