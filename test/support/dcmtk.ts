import { type Ran, run } from './run.ts'

/** Why DCMTK cannot be run here; undefined when it can. In CI it has to be there. */
export async function missingDcmtk(): Promise<string | undefined> {
  const { code } = await run('storescu', ['--version'])
  if (code === 0) return undefined
  if (process.env['CI']) throw new Error('storescu is missing: install the package dcmtk')
  return 'dcmtk is not installed'
}

/** Sends files with DCMTK's `storescu`, which is as strict as a scanner. */
export const storescu = (port: number, ...words: readonly string[]): Promise<Ran> =>
  run('storescu', ['-v', ...(words.includes('-aec') ? [] : ['-aec', 'XNAT']), '127.0.0.1', String(port), ...words])

/** Asks with DCMTK's `echoscu` whether somebody is there. */
export const echoscu = (port: number, ...words: readonly string[]): Promise<Ran> =>
  run('echoscu', ['-v', ...(words.includes('-aec') ? [] : ['-aec', 'XNAT']), ...words, '127.0.0.1', String(port)])
