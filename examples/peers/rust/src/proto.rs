//! The code that prost-build wrote for the protos of the build.

#![allow(warnings, clippy::all, reason = "generated from files of users too")]

include!(concat!(env!("OUT_DIR"), "/protos.rs"));
