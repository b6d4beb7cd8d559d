import { spawn } from 'node:child_process'
import { startPostgres } from './support/postgres.ts'

/** What touches the catalog: these files run a second time, on PostgreSQL. */
const onBothDatabases = ['archive', 'clients', 'commands', 'db', 'http', 'intake', 'site'].map(
  (room) => `test/${room}/**/*.test.ts`,
)

/** A test that stands still fails after a quarter of an hour, a file that does a little later. */
const ENDING = ['--test-timeout=900000', '--import', './test/support/watchdog.ts']

/**
 * Runs all tests on SQLite, then those that touch the catalog on a PostgreSQL server started for them; both also when
 * the first fails. Exits with 0 only when both passed. `sqlite` or `postgres` as the only word runs one of them.
 */
const [only] = process.argv.slice(2)
const failures: string[] = []
if (only !== 'postgres' && !(await passes(['test/**/*.test.ts'], { ISOCENTER_TEST_DATABASE: 'sqlite' })))
  failures.push('SQLite')
if (only !== 'sqlite') {
  const { url, stop } = await startPostgres()
  const settings = { ISOCENTER_TEST_DATABASE: 'postgres', ISOCENTER_TEST_POSTGRES_URL: url }
  if (!(await passes([...onBothDatabases, 'test/*durability.test.ts'], settings))) failures.push('PostgreSQL')
  await stop()
}
if (failures.length > 0) console.error(`Tests failed on ${failures.join(' and on ')}.`)
process.exit(failures.length > 0 ? 1 : 0)

function passes(patterns: readonly string[], settings: Readonly<Record<string, string>>): Promise<boolean> {
  console.log(`Tests on ${settings['ISOCENTER_TEST_DATABASE']}`)
  const child = spawn(process.execPath, ['--test', '--test-concurrency=2', ...ENDING, ...patterns], {
    stdio: 'inherit',
    env: { ...process.env, ...settings },
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code === 0))
  })
}
