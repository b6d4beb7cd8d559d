#!/usr/bin/env -S node --max-semi-space-size=8
import { setFlagsFromString } from 'node:v8'

// Threads that share few arenas take some 20 MiB less, and the C library looks at this only when a process begins
// (docs/decisions/0008): the server takes its own place once more.
if (process.platform === 'linux' && process.argv[2] === 'serve' && process.env['MALLOC_ARENA_MAX'] === undefined) {
  const again = [process.argv0, ...process.execArgv, ...process.argv.slice(1)]
  process.execve?.(process.execPath, again, { ...process.env, MALLOC_ARENA_MAX: '2' })
}
// File access, hashing and password checks share these threads. The number is read when the first of them starts, so
// that everything else is loaded after this line.
process.env['UV_THREADPOOL_SIZE'] ??= '16'
// Memory is collected long before the heap has doubled: little of it lives long, and much of it is large (bench/README.md).
setFlagsFromString('--heap-growing-percent=30')

const { run } = await import('./commands/run.ts')

process.exit(await run(process.argv.slice(2), process.env))
