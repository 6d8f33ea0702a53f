"""How fast the harness is, as ratios to what is measured beside it in the same run. `./interop bench` runs this."""
