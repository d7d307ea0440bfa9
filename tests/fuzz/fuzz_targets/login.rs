//! `login` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| whosin_fuzz::run("login", data));
