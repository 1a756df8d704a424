# Thin names for commands that cargo runs as well; `just` alone lists them.

# list the recipes
default:
    @just --list

# the demo: one clinic's day, told step by step
demo:
    cargo run -- demo

# every test
test *args:
    cargo xtask test {{args}}

# every test, with the full number of random rounds
test-long:
    cargo xtask test --long

# a real server over HTTP, fuzzed
fuzz-api:
    cargo xtask fuzz-api

# the release benchmark
bench:
    cargo xtask bench

# everything a change must pass
ci:
    cargo xtask ci

# format all code
fmt:
    cargo fmt --all

# the documentation of our own crates, in a browser
doc:
    cargo doc --workspace --no-deps --open
