#!/usr/bin/env node
// File access, hashing and password checks share these threads. The number is read when the first of them starts, so
// that everything else is loaded after this line.
process.env['UV_THREADPOOL_SIZE'] ??= '16'

const { run } = await import('./commands/run.ts')

process.exit(await run(process.argv.slice(2), process.env))
