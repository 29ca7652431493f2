#!/bin/sh
# Prints one checksum over all inputs of the compiled contracts and of the files generated from them.
set -eu
cd "$(dirname "$0")/.."
find contracts hardhat.config.ts scripts/generate-abi.ts -type f \( -name '*.sol' -o -name '*.ts' \) |
  LC_ALL=C sort | xargs cksum | cksum | cut -d ' ' -f 1
