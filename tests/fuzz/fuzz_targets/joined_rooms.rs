//! `joined_rooms` for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| whosin_fuzz::run("joined_rooms", data));
