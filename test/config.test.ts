import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { readConfig } from '../src/config.ts'
import { faultOf } from '../src/errors.ts'

function complaint(name: string, value: string): string {
  try {
    readConfig({ [name]: value })
  } catch (error) {
    const fault = faultOf(error)
    assert.equal(fault?.kind === 'invalid' && fault.field, name)
    return (error as Error).message
  }
  return assert.fail(`${name}=${value} was taken`)
}

describe('the settings of a process', () => {
  it('have safe defaults', () => {
    assert.deepEqual(readConfig({}), {
      host: '127.0.0.1',
      port: 8080,
      dicomHost: '127.0.0.1',
      dicomPort: 8104,
      dataFolder: resolve('data'),
      databaseUrl: undefined,
      siteId: 'XNAT',
      requireLogin: true,
      url: undefined,
      adminPassword: undefined,
      maxUploadBytes: undefined,
      trustedProxies: 0,
      containers: { maxEntries: 500_000, maxBytes: 500 * 1024 ** 3, maxRatio: 500 },
      logLevel: 'info',
      reuseProjectIds: false,
      inboxFolder: undefined,
    })
  })

  it('are read from the environment', () => {
    const config = readConfig({
      ISOCENTER_HOST: '0.0.0.0',
      ISOCENTER_PORT: '0',
      ISOCENTER_DICOM_HOST: '10.0.0.5',
      ISOCENTER_DICOM_PORT: '11112',
      ISOCENTER_DATA: '/srv/images',
      ISOCENTER_DATABASE_URL: 'postgres://u:p@db/isocenter',
      ISOCENTER_SITE_ID: 'My-Site 2',
      ISOCENTER_REQUIRE_LOGIN: 'FALSE',
      ISOCENTER_URL: 'https://xnat.example.org/',
      ISOCENTER_ADMIN_PASSWORD: ' with spaces ',
      ISOCENTER_MAX_UPLOAD_BYTES: '20G',
      ISOCENTER_TRUST_PROXY: 'true',
      ISOCENTER_ARCHIVE_MAX_ENTRIES: '10',
      ISOCENTER_ARCHIVE_MAX_BYTES: '1m',
      ISOCENTER_ARCHIVE_MAX_RATIO: '100',
      ISOCENTER_LOG_LEVEL: 'warn',
      ISOCENTER_REUSE_PROJECT_IDS: 'true',
      ISOCENTER_INBOX: '/srv/inbox',
    })
    assert.deepEqual(config, {
      host: '0.0.0.0',
      port: 0,
      dicomHost: '10.0.0.5',
      dicomPort: 11_112,
      dataFolder: '/srv/images',
      databaseUrl: 'postgres://u:p@db/isocenter',
      siteId: 'My-Site 2',
      requireLogin: false,
      url: 'https://xnat.example.org',
      adminPassword: ' with spaces ',
      maxUploadBytes: 20 * 1024 ** 3,
      trustedProxies: 1,
      containers: { maxEntries: 10, maxBytes: 1024 ** 2, maxRatio: 100 },
      logLevel: 'warn',
      reuseProjectIds: true,
      inboxFolder: '/srv/inbox',
    })
  })

  it('count as absent when empty, and cannot be changed', () => {
    const config = readConfig({ ISOCENTER_PORT: '', ISOCENTER_ADMIN_PASSWORD: '' })
    assert.equal(config.port, 8080)
    assert.equal(config.adminPassword, undefined)
    assert.throws(() => Object.assign(config, { port: 1 }), TypeError)
  })

  const wrongs: [string, string, RegExp][] = [
    ['ISOCENTER_PORT', '65536', /number from 0 to 65535/],
    ['ISOCENTER_PORT', '80a', /number from 0 to 65535/],
    ['ISOCENTER_DICOM_PORT', '-1', /number from 0 to 65535/],
    ['ISOCENTER_REQUIRE_LOGIN', 'perhaps', /true or false/],
    ['ISOCENTER_REUSE_PROJECT_IDS', '2', /true or false/],
    ['ISOCENTER_SITE_ID', 'bad"id', /a letter followed by/],
    ['ISOCENTER_URL', 'ftp://x.example', /https:\/\/xnat\.example\.org/],
    ['ISOCENTER_URL', 'https://x.example/xnat', /without a path/],
    ['ISOCENTER_DATABASE_URL', 'mysql://x/y', /postgres:\/\//],
    ['ISOCENTER_MAX_UPLOAD_BYTES', '-1', /whole number/],
    ['ISOCENTER_ARCHIVE_MAX_RATIO', '0', /whole number/],
    ['ISOCENTER_TRUST_PROXY', '10.0.0.1', /true, false or a number/],
    ['ISOCENTER_LOG_LEVEL', 'loud', /one of fatal/],
  ]
  for (const [name, value, right] of wrongs) {
    it(`refuse ${name}=${value} with the name and what would be right`, () => {
      const words = complaint(name, value)
      assert.match(words, right)
      assert.ok(words.includes(name))
    })
  }

  it('do not repeat a database address, which may hold a password', () => {
    assert.doesNotMatch(complaint('ISOCENTER_DATABASE_URL', 'mysql://u:hidden@x/y'), /hidden/)
  })
})
