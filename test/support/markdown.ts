import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { projectRoot } from './root.ts'

export type Block = Readonly<{ language: string; content: string }>

/** The text of a document of the project below a heading of the second level. */
export function sectionOf(path: string, title: string): string {
  const parts = readFileSync(projectRoot + path, 'utf8').split(/^## /m)
  const found = parts.find((part) => part.startsWith(`${title}\n`))
  assert.ok(found, `${path} has no section ${title}`)
  return found.slice(title.length)
}

/** The fenced blocks of a text, in order. */
export const blocksIn = (text: string): readonly Block[] =>
  [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', content = '']) => ({ language, content }))

/** The script with other values for the variables that it begins with, as a reader would type them. */
export function withValues(script: string, values: Readonly<Record<string, string>>): string {
  return script.replaceAll(/^([A-Z]+)=.*$/gm, (line, name: string) =>
    name in values ? `${name}='${values[name]}'` : line,
  )
}

/** Runs a script that must not fail or complain; resolves to what it prints. */
export async function bash(script: string, folder: string): Promise<string> {
  const child = spawn('bash', ['-e', '-u', '-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [printed, complained] = ['', '']
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  child.stderr.on('data', (chunk) => {
    complained += chunk
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.deepEqual({ code, complained }, { code: 0, complained: '' }, printed)
  return printed
}
