import { workerData } from 'node:worker_threads'

/** How often it looks, in milliseconds. */
const LOOK_MS = 500

// A thread beside the one that draws, which sees nothing while it draws and may do so for ever: when the process is no
// longer a child of the server that started it, it ends.
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL')
}, LOOK_MS)
