//! The `whosin` command.

fn main() {}
