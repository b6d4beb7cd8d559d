import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { faultOf } from '../../src/errors.ts'
import { escapeAttribute, escapeText } from '../../src/formats/xml.ts'
import { readXml, readXmlStream, XSI, xmlLimits } from '../../src/formats/xml-read.ts'

const faultIn = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return faultOf(error)
  }
  return undefined
}

describe('escapeText and escapeAttribute', () => {
  it('escape what has a meaning', () => {
    assert.equal(escapeText('a & <b> "c"'), 'a &amp; &lt;b&gt; "c"')
    assert.equal(escapeAttribute('a & <b> "c"\n'), 'a &amp; &lt;b&gt; &quot;c&quot;&#10;')
  })

  it('replace what XML cannot hold', () => {
    assert.equal(escapeText('a\u0000b\ud800c\ufffe😀'), 'a\ufffdb\ufffdc\ufffd😀')
  })

  it('are read back as they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = readXml(`<a b="${escapeAttribute(text)}">.${escapeText(text)}.</a>`)
        const kept = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
        assert.equal(written.attributes[0]?.value, kept)
        assert.equal(written.text, `.${kept}.`)
      }),
    )
  })
})

describe('readXml', () => {
  it('resolves the names of elements and attributes', () => {
    const root = readXml('<x:a xmlns:x="urn:x" xmlns="urn:y" id="1" x:k="2"><b/></x:a>')
    assert.deepEqual([root.uri, root.local, root.prefix], ['urn:x', 'a', 'x'])
    assert.deepEqual(root.attributes, [
      { uri: '', local: 'id', value: '1' },
      { uri: 'urn:x', local: 'k', value: '2' },
    ])
    assert.deepEqual([root.children[0]?.uri, root.children[0]?.local], ['urn:y', 'b'])
  })

  it('resolves the prefix inside xsi:type where it stands', () => {
    const root = readXml(`<a xmlns:x="urn:1" xmlns:i="${XSI}"><b xmlns:x="urn:2" i:type=" x:t "/><c i:type="t"/></a>`)
    assert.deepEqual(root.children[0]?.type, { uri: 'urn:2', local: 't', prefix: 'x' })
    assert.deepEqual(root.children[1]?.type, { uri: '', local: 't', prefix: '' })
    assert.equal(root.type, undefined)
  })

  it('joins text around comments, trims it and knows the five entities', () => {
    const root = readXml('<a>\n<!-- c -->A&gt;&amp;<![CDATA[<P>]]><b>inner</b> &#233; </a>')
    assert.equal(root.text, 'A>&<P> é')
    assert.equal(root.children[0]?.text, 'inner')
  })

  it('refuses a DOCTYPE', () => {
    const bomb = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    const fault = faultIn(() => readXml(bomb))
    assert.equal(fault?.kind, 'unreadable')
    assert.match(fault?.because ?? '', /^An error occurred parsing the XML: DOCTYPE is disallowed/)
  })

  it('knows no entity but the predefined ones', () => {
    for (const name of ['nbsp', 'constructor', 'toString', '__proto__']) {
      assert.equal(faultIn(() => readXml(`<a>&${name};</a>`))?.kind, 'unreadable', name)
    }
  })

  it('says what is not well-formed', () => {
    for (const text of ['', '<a>', '<a></b>', '<a/><b/>', 'a', '<p:a/>', '<a b="1" b="2"/>', '<a>\u0001</a>']) {
      const fault = faultIn(() => readXml(text))
      assert.equal(fault?.kind, 'unreadable', text)
      assert.match(fault?.because ?? '', /^An error occurred parsing the XML: ./)
    }
  })

  it('refuses what is too large, too deep or too many', () => {
    const deep = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
    assert.equal(faultIn(() => readXml('<a>12345678</a>', { ...xmlLimits, bytes: 14 }))?.kind, 'too-large')
    assert.equal(readXml('<a>12345678</a>', { ...xmlLimits, bytes: 15 }).text, '12345678')
    assert.equal(faultIn(() => readXml(deep(65)))?.kind, 'too-large')
    assert.equal(readXml(deep(64)).local, 'a')
    assert.equal(faultIn(() => readXml('<a b="1" c="2"><d/></a>', { ...xmlLimits, nodes: 3 }))?.kind, 'too-large')
  })

  it('reads bytes in the encoding they are in', () => {
    const utf16 = Buffer.from('\ufeff<a>é</a>', 'utf16le')
    assert.equal(readXml(utf16).text, 'é')
    assert.equal(readXml(Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-8"?><a>é</a>')).text, 'é')
    const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1')
    assert.equal(readXml(latin).text, 'é')
    assert.equal(faultIn(() => readXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff])))?.kind, 'unreadable')
    assert.equal(
      faultIn(() => readXml(Buffer.from('<?xml version="1.0" encoding="klingon"?><a/>')))?.kind,
      'unreadable',
    )
  })

  it('reads a document from pieces of any size', async () => {
    const whole = Buffer.from(`<?xml version="1.0"?><a b="é">${'<c>ü😀</c>'.repeat(100)}</a>`)
    for (const size of [1, 3, 1000]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
        whole.subarray(at * size, (at + 1) * size),
      )
      assert.deepEqual(await readXmlStream(pieces), readXml(whole))
    }
  })

  it('stops reading a stream at the limit', async () => {
    let sent = 0
    async function* endless() {
      yield Buffer.from('<a>')
      for (;;) {
        sent += 1
        yield Buffer.alloc(1000, 'x')
      }
    }
    await assert.rejects(readXmlStream(endless(), { ...xmlLimits, bytes: 5000 }), /larger than 5000 bytes/)
    assert.equal(sent, 5)
  })
})
