// Functions inlined in one another by LLVM: generic ones, methods, closures' kin; no library.
#![feature(no_core, lang_items, intrinsics, rustc_attrs, arbitrary_self_types, auto_traits)]
#![allow(internal_features, improper_ctypes)]
#![no_core]
#![no_std]
#![no_main]

#[lang = "pointee_sized"]
trait PointeeSized {}
#[lang = "meta_sized"]
trait MetaSized: PointeeSized {}
#[lang = "sized"]
trait Sized: MetaSized {}
#[lang = "copy"]
trait Copy {}
#[lang = "legacy_receiver"]
trait LegacyReceiver {}
#[lang = "freeze"]
unsafe auto trait Freeze {}
impl Copy for u64 {}
impl Copy for bool {}
impl<T> LegacyReceiver for &T {}
impl<T> Copy for *const T {}
impl<T> Copy for *mut T {}
#[lang = "drop_in_place"]
fn drop_in_place<T>(_at: *mut T) {}

#[rustc_intrinsic]
const fn wrapping_add<T: Copy>(a: T, b: T) -> T;
#[rustc_intrinsic]
const fn wrapping_mul<T: Copy>(a: T, b: T) -> T;
#[rustc_intrinsic]
unsafe fn volatile_load<T>(src: *const T) -> T;
#[rustc_intrinsic]
unsafe fn volatile_store<T>(dst: *mut T, value: T);
mod hash {
    use super::{wrapping_add, wrapping_mul, Sized};
    pub trait Mix: Sized { fn mix(self, n: u64) -> Self; }
    pub struct State { pub low: u64, pub high: u64 }
    impl Mix for State {
        #[inline(always)]
        fn mix(self, n: u64) -> State {
            let low = wrapping_mul(wrapping_add(self.low, n), 0x9e37_79b9);
            State { low, high: wrapping_add(self.high, low) }
        }
    }
    #[inline(always)]
    pub fn twice<M: Mix>(state: M, n: u64) -> M { state.mix(n).mix(3) }
}
use hash::{twice, State};

static mut SINK: u64 = 0;

#[inline(never)]
fn sink(value: u64) -> u64 {
    unsafe {
        let to = &raw mut SINK;
        volatile_store(to, value);
        volatile_load(to as *const u64)
    }
}

#[inline(always)]
fn poke(at: *mut u64, value: u64) { unsafe { volatile_store(at, value) } }

#[inline(never)]
fn work(n: u64) -> u64 {
    let mut state = State { low: n, high: 1 };
    let mut left = n;
    loop {
        match left { 0 => break, _ => {} }
        state = twice(state, left);
        let seen = sink(state.high);
        match seen { 77 => poke(0x5555_5555_0000_1230 as *mut u64, seen), _ => {} }
        left = wrapping_add(left, 0xffff_ffff_ffff_ffff);
    }
    twice(state, 9).low
}

#[no_mangle]
pub extern "C" fn main() -> u64 {
    let result = work(20);
    match sink(77) { 77 => { sink(result); } _ => {} }
    sink(work(5));
    // Reached: the store faults where no memory is.
    poke(0x5555_5555_0000_1230 as *mut u64, result);
    0
}
#[no_mangle]
pub extern "C" fn finish(_code: u64) {}
